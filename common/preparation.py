"""From raw splits to arrays: fit the preprocessor on train, encode once, keep the arrays on disk."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from common.app import App
from common.config import TrainingConfig
from common.console import say
from common.data.cache import load_arrays, save_arrays
from common.data.ragged import Arrays
from common.data.splits import TRAIN, VALIDATION, Splits, fingerprint
from common.errors import UserError
from common.files import atomic_path, read_json, write_json

_VERSION = 1  # raise when an encoder's meaning changes: older caches are then not found


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
    made = entry / "made.json"
    if made.is_file():
        say(f"using the encoded arrays in {entry}")
    else:
        with _one_at_a_time(cache):
            if not made.is_file():  # another process may have made it meanwhile
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
        float(read_json(entry / "made.json")["seconds"]),
    )


def _one_at_a_time(cache: Path) -> FileLock:
    """Processes that train together start together: one of them encodes."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot write {cache}: {error.strerror or error}; choose another folder") from error
    return FileLock(cache / ".lock")


def _make(app: App, config: TrainingConfig, splits: Splits, folder: Path) -> None:
    started = time.monotonic()
    say("fitting the preprocessing on the training split and encoding it")
    preprocessor = app.fit_preprocessor(config, splits[TRAIN], splits.unlabelled, splits.labels)
    (folder / "assets").mkdir(parents=True)
    preprocessor.save(folder / "assets")
    save_arrays(folder / "fitted", preprocessor.fitted_arrays())
    save_arrays(folder / "train", preprocessor.encode_training(splits[TRAIN]))
    targets = preprocessor.encode_targets(splits[TRAIN].targets)
    save_arrays(folder / "targets", targets if isinstance(targets, dict) else {"targets": targets})
    save_arrays(folder / "validation", preprocessor.encode(splits[VALIDATION].inputs))
    write_json(folder / "made.json", {"seconds": time.monotonic() - started})
