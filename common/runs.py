"""The run folder: where a training lives, what belongs to it, and who may write there."""

from __future__ import annotations

import contextlib
import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256 as hash_of
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from common.app import App
from common.config import TrainingConfig, from_json, to_json
from common.errors import UserError
from common.files import read_json, sha256, write_json

RUNS = Path("runs")
_PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn", "gensim", "ai-edge-litert", "unroll")


@dataclass(frozen=True)
class Run:
    """A run folder and the names inside it."""

    folder: Path

    @property
    def config(self) -> Path:
        """The configuration as given, every field named."""
        return self.folder / "config.json"

    @property
    def preprocessing(self) -> Path:
        """The assets a device needs: plain text and JSON."""
        return self.folder / "preprocessing"

    @property
    def model(self) -> Path:
        """The trained serving model."""
        return self.folder / "model.keras"

    @property
    def checkpoints(self) -> Path:
        """State of an unfinished training."""
        return self.folder / "checkpoint"

    @property
    def metrics(self) -> Path:
        """Test metrics; written last, so a run that has it is finished."""
        return self.folder / "metrics.json"

    @property
    def checksums(self) -> Path:
        """SHA-256 of the model and of every asset."""
        return self.folder / "checksums.json"

    @property
    def finished(self) -> bool:
        """Whether the training ended and was measured."""
        return self.metrics.is_file()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the folder for one training; the lock goes with the process, however it ends.

        Raises:
            UserError: another process trains here.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(
                f"cannot make {self.folder}: {error.strerror or error}; choose another --run-dir"
            ) from error
        lock = FileLock(self.folder / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise UserError(
                f"{self.folder}: another process trains in this folder; wait for it or choose another --run-dir"
            ) from None
        except OSError as error:
            raise UserError(
                f"cannot write {self.folder}: {error.strerror or error}; choose another --run-dir"
            ) from error
        try:
            yield
        finally:
            lock.release()

    def seal(self) -> None:
        """Writes the checksums of the model and the assets."""
        files = [self.model, *sorted(path for path in self.preprocessing.rglob("*") if path.is_file())]
        write_json(self.checksums, {path.relative_to(self.folder).as_posix(): sha256(path) for path in files})

    def check(self) -> None:
        """Compares the model and the assets with their checksums.

        Raises:
            UserError: not a finished run, or a file is missing or changed; names the file.
        """
        if not self.folder.is_dir():
            raise UserError(f"expected a run folder, found no folder {self.folder}; `unroll train` makes one")
        if not self.finished:
            raise UserError(
                f"{self.folder}: expected a finished run, found no metrics.json; "
                f"finish it with `unroll train APP --run-dir {self.folder}`"
            )
        sums = read_json(self.checksums)
        for name, expected in sums.items():
            path = self.folder / name
            if not path.is_file():
                raise UserError(f"{path}: expected this file of the run, found none; restore it or train again")
            if sha256(path) != expected:
                raise UserError(
                    f"{path}: expected the file this run wrote, found another (SHA-256 differs); "
                    "restore it or train again"
                )

    def app_name(self) -> str:
        """The application that the run belongs to."""
        values = read_json(self.config)
        if not isinstance(values, dict) or not isinstance(values.get("app"), str):
            raise UserError(f"{self.config}: expected a run's configuration with its app, found none; restore it")
        return str(values["app"])

    def read_config(self, app: App) -> Any:
        """The configuration that the run was started with."""
        values = {name: value for name, value in read_json(self.config).items() if name != "app"}
        return from_json(app.config, values, self.config)


def new_run_folder(app: str, config: TrainingConfig) -> Path:
    """`runs/<app>/<timestamp>-<hash of the configuration>`, not yet made."""
    digest = hash_of(repr(sorted(to_json(config).items())).encode()).hexdigest()[:6]
    return RUNS / app / f"{time.strftime('%Y%m%d-%H%M%S')}-{digest}"


def newest_unfinished(app: str) -> Path:
    """The youngest run of an application that has a configuration and no metrics.

    Raises:
        UserError: there is none.
    """
    folders = [
        path.parent for path in (RUNS / app).glob("*/config.json") if not (path.parent / "metrics.json").exists()
    ]
    if not folders:
        raise UserError(f"--resume: expected an unfinished run in {RUNS / app}, found none; start one without --resume")
    return max(folders, key=lambda folder: (folder / "config.json").stat().st_mtime)


def refuse_other(run: Run, app: App, config: TrainingConfig) -> None:
    """Passes an absent or empty folder, and an unfinished run of this very configuration.

    Raises:
        UserError: the folder holds something else, another configuration, or a finished run.
    """
    if not run.config.exists():
        there = [path.name for path in run.folder.iterdir()] if run.folder.is_dir() else []
        foreign = sorted(name for name in there if name not in (".lock", "environment.json"))
        if foreign:
            raise UserError(
                f"{run.folder}: expected a run folder or an empty one, found {foreign[0]}; choose another --run-dir"
            )
        if run.folder.exists() and not run.folder.is_dir():
            raise UserError(f"{run.folder}: expected a folder, found a file; choose another --run-dir")
        return
    before = {"app": run.app_name(), **(to_json(run.read_config(app)) if run.app_name() == app.name else {})}
    for name, value in {"app": app.name, **to_json(config)}.items():
        if before.get(name) != value:
            raise UserError(
                f"{run.folder}: expected the configuration it was started with ({name} {before.get(name)!r}), "
                f"found {value!r}; choose another --run-dir"
            )
    if run.finished:
        raise UserError(f"{run.folder}: this run is finished; see its metrics.json, or choose another --run-dir")


def start(run: Run, app: App, config: TrainingConfig) -> None:
    """Writes environment.json and config.json where they are not there yet."""
    if not run.config.exists():
        write_json(run.folder / "environment.json", environment(config.seed))
        write_json(run.config, {"app": app.name, **to_json(config)})


def environment(seed: int) -> dict[str, Any]:
    """Versions, commit, host and seed: what a reader needs to repeat the run."""

    def package(name: str) -> str | None:
        try:
            return version(name)
        except PackageNotFoundError:
            return None

    root = Path(__file__).resolve().parent.parent
    git = subprocess.run(["git", "-C", str(root), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "python": platform.python_version(),
        "packages": {name: package(name) for name in _PACKAGES},
        "commit": git.stdout.strip() or None,
        "platform": platform.platform(),
        "host": socket.gethostname(),
        "cpu_count": os.cpu_count(),
        "backend": os.environ.get("KERAS_BACKEND", "tensorflow"),
        "seed": seed,
        "command": ["unroll", *sys.argv[1:]],
    }
