"""From raw splits to arrays: fit the preprocessor on train, encode once, keep the arrays on disk."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.app import App
from common.config import TrainingConfig
from common.console import say
from common.data.cache import load_arrays, save_arrays, save_parts
from common.data.ragged import Arrays, in_parts
from common.data.splits import TRAIN, VALIDATION, Splits, fingerprint
from common.errors import UserError
from common.files import atomic_path, read_sealed, sha256, sweep, write_sealed
from common.locks import in_turn

_VERSION = 2  # raise when an encoder's meaning changes: older caches are then not found
_MADE = "made.json"  # written last: seconds, and the SHA-256 of every file


@dataclass(frozen=True)
class Prepared:
    """What training needs: a fitted preprocessor, encoded arrays, and how long they took to make."""

    preprocessor: Any
    train: Arrays
    train_targets: Any
    validation: Arrays
    seconds: float


def prepare(app: App, config: TrainingConfig, splits: Splits, cache: Path, assets: Path) -> Prepared:
    """The prepared arrays of a data set: from the cache when it holds them, else made and put there.

    Args:
        app: fits and encodes.
        config: its `preprocessing_fields` are part of the cache's key.
        splits: raw data; only train and the unlabelled part are fitted on.
        cache: folder of caches; an entry is named by a SHA-256 over data, fields and version.
        assets: the run's preprocessing folder; gets the device's assets.
    """
    fields = {name: getattr(config, name) for name in app.preprocessing_fields}
    data = [fingerprint(splits[TRAIN], splits.unlabelled), fingerprint(splits[VALIDATION]), list(splits.labels)]
    key = hashlib.sha256(json.dumps([_VERSION, app.name, fields, data]).encode()).hexdigest()[:16]
    entry = cache / key
    if _is_whole(entry):
        say(f"using the encoded arrays in {entry}")
    else:
        with in_turn(cache / f".{key}.lock", "another process encodes the same data; waiting for it"):
            if not _is_whole(entry, tell=False):  # else it was made while we waited
                sweep(cache, key)
                with atomic_path(entry) as temporary:
                    _make(app, config, splits, temporary)
    with atomic_path(assets) as temporary:
        shutil.copytree(entry / "assets", temporary)
    train = load_arrays(entry / "train")
    targets = load_arrays(entry / "targets")
    return Prepared(
        app.load_preprocessor(entry / "assets", load_arrays(entry / "fitted")),
        train,
        targets["targets"] if list(targets) == ["targets"] else targets,
        load_arrays(entry / "validation"),
        float(read_sealed(entry / _MADE)["seconds"]),
    )


def _is_whole(entry: Path, tell: bool = True) -> bool:
    """Whether a cache entry is there and every file is as it was written."""
    if not (entry / _MADE).is_file():
        return False
    try:
        files = read_sealed(entry / _MADE)["files"]
        damaged = [name for name, digest in files.items() if sha256(entry / name) != digest]
    except (UserError, OSError, KeyError, TypeError, AttributeError):
        damaged = [_MADE]
    for name in damaged if tell else ():
        say(f"note: {entry / name} is damaged; encoding the data again")
    return not damaged


def _make(app: App, config: TrainingConfig, splits: Splits, folder: Path) -> None:
    started = time.monotonic()
    say("fitting the preprocessing on the training split and encoding it")
    preprocessor = app.fit_preprocessor(config, splits[TRAIN], splits.unlabelled, splits.labels)
    (folder / "assets").mkdir(parents=True)
    preprocessor.save(folder / "assets")
    save_arrays(folder / "fitted", preprocessor.fitted_arrays())
    save_parts(folder / "train", preprocessor.encode_training(splits[TRAIN]))
    targets = preprocessor.encode_targets(splits[TRAIN].targets)
    save_arrays(folder / "targets", targets if isinstance(targets, dict) else {"targets": targets})
    save_parts(folder / "validation", in_parts(preprocessor.encode, splits[VALIDATION].inputs))
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = {path.relative_to(folder).as_posix(): sha256(path) for path in files}
    write_sealed(folder / _MADE, {"seconds": time.monotonic() - started, "files": sums})
