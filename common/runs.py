"""The run folder: where a training lives, what belongs to it, and who may write there."""

from __future__ import annotations

import contextlib
import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256 as hash_of
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType
from typing import Any

from common.app import App
from common.config import TrainingConfig, from_json, to_json
from common.errors import UserError
from common.files import atomic_path, is_partial, read_json, read_sealed, sha256, sweep, write_json, write_sealed
from common.locks import alone

RUNS = Path("runs")
# for the eye, or on the way: not under checksums. A card is there to be edited, TensorBoard adds to its logs
_UNSEALED = ("MODEL_CARD.md", "plots", "logs", "checkpoint", "cache", "export", "checksums.json")
_FOR_PEOPLE = ("environment.json", "history.csv", "predictions.csv")  # may be removed, not changed
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
        """SHA-256 of everything that a reader takes for what the training wrote; sealed itself."""
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
        refusal = f"{self.folder}: another process trains in this folder; wait for it or choose another --run-dir"
        with alone(self.folder / ".lock", refusal):
            sweep(self.folder)
            yield

    def finish(self, facts: dict[str, Any]) -> None:
        """Writes the checksums and, last, metrics.json, which makes the run a finished one."""
        with atomic_path(self.metrics) as temporary:
            write_json(temporary, facts)
            self.seal({self.metrics.name: temporary})

    def seal(self, soon: Mapping[str, Path] = MappingProxyType({})) -> None:
        """Writes the checksums of the files that are there, and of those that soon get a name of the folder."""
        there = (path for path in self.folder.rglob("*") if path.is_file() and not path.name.startswith("."))
        files = {path.relative_to(self.folder).as_posix(): path for path in sorted(there)}
        kept = {name: path for name, path in files.items() if name.split("/")[0] not in _UNSEALED}
        write_sealed(self.checksums, {name: sha256(path) for name, path in {**kept, **soon}.items()})

    def check(self) -> None:
        """Compares the files with their checksums.

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
        self._compare()

    def _compare(self, only: Sequence[str] = ()) -> None:
        """Compares the files, or some of them, with their checksums."""
        sums = read_sealed(self.checksums)
        if not isinstance(sums, dict):
            raise UserError(f"{self.checksums}: expected file names with checksums, found other JSON; restore it")
        for name, expected in sums.items():
            path = self.folder / name
            if only and name not in only:
                continue
            if not path.is_file():
                if name in _FOR_PEOPLE:
                    continue
                raise UserError(f"{path}: expected this file of the run, found none; restore it or train again")
            if sha256(path) != expected:
                raise UserError(
                    f"{path}: expected the file this run wrote, found another (SHA-256 differs); "
                    "restore it or train again"
                )

    def check_begun(self) -> None:
        """Compares what an unfinished run was started with, where it got as far as checksums.

        Raises:
            UserError: config.json or environment.json is missing or changed.
        """
        if self.checksums.exists():
            self._compare((self.config.name, "environment.json"))

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
        there = list(run.folder.iterdir()) if run.folder.is_dir() else []
        own = (".lock", "environment.json", "checksums.json")
        foreign = sorted(path.name for path in there if path.name not in own and not is_partial(path))
        if foreign:
            raise UserError(
                f"{run.folder}: expected a run folder or an empty one, found {foreign[0]}; choose another --run-dir"
            )
        if run.folder.exists() and not run.folder.is_dir():
            raise UserError(f"{run.folder}: expected a folder, found a file; choose another --run-dir")
        return
    run.check_begun()
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
    """Writes environment.json, checksums and, last, config.json where they are not there yet."""
    if not run.config.exists():
        write_json(run.folder / "environment.json", environment(config.seed))
        with atomic_path(run.config) as temporary:
            write_json(temporary, {"app": app.name, **to_json(config)})
            run.seal({run.config.name: temporary})


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
