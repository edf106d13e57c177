"""IAM-OnDB as a registered user has it (Liwicki and Bunke, 2005): lineStrokes XML, ascii transcriptions, task lists.

    lineStrokes/a01/a01-000/a01-000u-01.xml    the ink of line 1 of form a01-000u
    ascii/a01/a01-000/a01-000u.txt             its transcription: line n is the n-th one below `CSR:`
    trainset.txt, testset_v.txt, testset_t.txt, ...    the forms of each part

A form's name without its last letter (a01-000) names the text that was copied; several people wrote the same text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from apps.handwriting.source import Source
from common.console import counting
from common.data.ink.line_strokes import read_line
from common.data.ink.strokes import Ink
from common.data.splits import TEST, TRAIN, VALIDATION, Examples
from common.errors import UserError
from common.files import read_text

_FORM = re.compile(r"[a-z]\d\d-\d{3}[a-z]?")
_LINE = re.compile(rf"({_FORM.pattern})-(\d\d)")
_LISTS = {"trainset": TRAIN, "testset_v": VALIDATION, "testset_t": TEST}
_SHOWN = 4


def find(folder: Path) -> tuple[Path, Path] | None:
    """The folders of ink and of transcriptions below `folder`, also as the archives have them (`ascii-all/ascii`)."""
    found = []
    for name in ("lineStrokes", "ascii"):
        places = [folder / name, folder / f"{name}-all" / name]
        found += [place for place in places if place.is_dir()][:1]
    return (found[0], found[1]) if len(found) == 2 else None


def read(folder: Path) -> Source:
    """Reads the data base: targets are the transcriptions, parts those of the lists (train, validation, test for
    trainset, testset_v and testset_t, any other list by its own name); without lists all is `train`.

    Raises:
        UserError: no ink, a list naming an unknown form, or a file that cannot be read (named).
    """
    places = find(folder)
    if places is None:
        raise UserError(
            f"{folder}: expected the folders lineStrokes and ascii, found no such pair; give IAM-OnDB's folder"
        )
    ink_folder, text_folder = places
    lines: dict[str, list[Path]] = {}
    for path in sorted(ink_folder.rglob("*.xml")):
        match = _LINE.fullmatch(path.stem)
        if match:
            lines.setdefault(match[1], []).append(path)
    if not lines:
        raise UserError(
            f"{ink_folder}: expected files such as a01/a01-000/a01-000u-01.xml, found none; unpack it again"
        )
    lists = read_lists(folder, lines)
    forms = lists or {TRAIN: sorted(lines)}
    parts: dict[str, Examples] = {}
    groups: dict[str, list[str]] = {}
    left_out: dict[str, list[str]] = {"without text": [], "without ink": []}
    total, done = sum(len(lines[form]) for names in forms.values() for form in names), 0
    with counting("reading ink") as update:
        for part, names in forms.items():
            inks: list[Ink] = []
            texts: list[str] = []
            origins: list[str] = []
            for form in names:
                transcription = read_transcription(_text_path(text_folder, form))
                for path in lines[form]:
                    number = int(path.stem[-2:])
                    ink = read_line(path)
                    if not ink:
                        left_out["without ink"].append(path.name)
                    elif not 1 <= number <= len(transcription):
                        left_out["without text"].append(path.name)
                    else:
                        inks.append(ink)
                        texts.append(transcription[number - 1])
                        origins.append(str(path))
                done += len(lines[form])
                update(done, total)
            parts[part] = Examples(inks, texts, origins)
            groups[part] = [_prompt(origin) for origin in origins]
    notes = [f"{len(names)} lines {why} left out: {_some(names)}" for why, names in left_out.items() if names]
    unlisted = sorted(set(lines) - {form for names in forms.values() for form in names})
    if unlisted:
        notes.append(
            f"{sum(len(lines[form]) for form in unlisted)} lines of forms in no list not read: {_some(unlisted)}"
        )
    named = ", ".join(forms) if lists else "no lists"
    return Source(
        parts, f"IAM-OnDB lines ({named})", groups, grouped_by="copied text", undivided=not lists, notes=tuple(notes),
        own_names={name: part for name, part in _LISTS.items() if part in lists},
    )  # fmt: skip


def read_transcription(path: Path) -> list[str]:
    """The lines below `CSR:` of a transcription file, blank ones left out, white space as single spaces."""
    _, found, below = read_text(path).partition("CSR:")
    if not found:
        raise UserError(f"{path}: expected a section `CSR:`, found none; copy the file again")
    return [" ".join(line.split()) for line in below.splitlines() if line.strip()]


def read_lists(folder: Path, lines: Mapping[str, object]) -> dict[str, list[str]]:
    """Part -> forms, of every text file beside the ink that lists forms.

    Raises:
        UserError: a list names a form that has no ink, or names nothing but such.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.txt")):
        names = read_text(path).split()
        if not names or not all(_FORM.fullmatch(name) for name in names):
            continue
        missing = [name for name in names if name not in lines]
        if missing:
            raise UserError(
                f"{path}: expected forms with ink, found {len(missing)} without: {_some(missing)}; unpack all ink"
            )
        found[_LISTS.get(path.stem, path.stem)] = list(dict.fromkeys(names))
    order = [*_LISTS.values(), *sorted(set(found) - set(_LISTS.values()))]
    return {name: found[name] for name in order if name in found}


def _text_path(folder: Path, form: str) -> Path:
    return folder / form[:3] / form[:7] / f"{form}.txt"


def _prompt(origin: str) -> str:
    return Path(origin).name[:7]


def _some(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
