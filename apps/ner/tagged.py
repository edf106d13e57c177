"""Tagged sentences with the lines they come from: every tag checked, every sequence read as conlleval reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from common.data.splits import Examples
from common.data.tables import and_more
from common.errors import UserError
from common.preprocessing.sentence import Sentence
from common.preprocessing.tag_schemes import detect_scheme, malformed, spans, split_tag, to_iob2

_SHOWN = 5  # places in a note


@dataclass(frozen=True)
class Tagged:
    """Sentences of one file.

    Attributes:
        examples: sentences and IOB2 tags, with origins.
        documents: the document each sentence belongs to, from 0; all of one where none are marked.
        scheme: the scheme that was found.
        columns: what the file is, in words.
        notes: repaired sequences.
    """

    examples: Examples
    documents: Sequence[int]
    scheme: str
    columns: str
    notes: tuple[str, ...] = ()


def tagged(
    name: str,
    words: Sequence[Sequence[str]],
    tags: Sequence[Sequence[str]],
    lines: Sequence[Sequence[int]],
    documents: Sequence[int],
    columns: str,
) -> Tagged:
    """Checks the tags of a file and brings them to IOB2.

    Args:
        name: the file, for messages.
        words: of each sentence.
        tags: of each sentence, in any scheme.
        lines: the line of each word, or of the whole sentence in each place.
        documents: of each sentence.
        columns: what the file is, in words.

    Raises:
        UserError: a tag that is none (file and line named), or no sentence at all.
    """
    if not words:
        raise UserError(f"{name}: expected tagged sentences, found none; give a file with words and tags")
    bad = []
    for sentence_tags, sentence_lines in zip(tags, lines, strict=True):
        for tag, line in zip(sentence_tags, sentence_lines, strict=True):
            try:
                split_tag(tag)
            except ValueError as error:
                bad.append((line, str(error)))
    if bad:
        line, message = bad[0]
        raise UserError(
            f"{name}:{line}: {message}; mend it, or choose the column with --tag-column{and_more([n for n, _ in bad])}"
        )
    scheme = detect_scheme(tags)
    wrong = [
        sentence_lines[place]
        for sentence_tags, sentence_lines in zip(tags, lines, strict=True)
        for place in malformed(sentence_tags, scheme)
    ]
    notes: tuple[str, ...] = ()
    if wrong:
        places = ", ".join(f"{name}:{line}" for line in wrong[:_SHOWN]) + (", ..." if len(wrong) > _SHOWN else "")
        count = "1 tag does" if len(wrong) == 1 else f"{len(wrong):,} tags do"
        notes = (f"{count} not follow {scheme} ({places}): read as conlleval reads them",)
    shared: dict[str, str] = {}  # words and tags recur: each is kept once
    examples = Examples(
        [Sentence.of_words([shared.setdefault(word, word) for word in sentence]) for sentence in words],
        [
            tuple(shared.setdefault(tag, tag) for tag in to_iob2(spans(sentence_tags), len(sentence_tags)))
            for sentence_tags in tags
        ],
        [f"{name}:{sentence_lines[0]}" for sentence_lines in lines],
    )
    return Tagged(examples, documents, scheme, columns, notes)
