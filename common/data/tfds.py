"""Data sets of tensorflow-datasets: prepared data first, a download only when asked, one line when it cannot be.

tensorflow-datasets is imported only here, and only when a name is read. Its own messages span pages and its retries
minutes, so every way it fails becomes a `UserError` that names the data set, the folder and what to do.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import socket
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.errors import UserError

PREFIX = "tfds:"
# name[/config][:version]. Anything else that tfds understands (kwargs, huggingface:...) is left out: it may run code.
_NAME = re.compile(r"[A-Za-z_]\w*(/[\w.\-]+)?(:\d+\.\d+\.\d+)?")
_CONNECT_SECONDS = 5.0


@dataclass(frozen=True)
class Dataset:
    """A prepared data set.

    Attributes:
        name: as the user gave it, without `tfds:`.
        features: feature name -> tfds feature connector (`names` of a ClassLabel are the class names).
        splits: split name -> number of examples, in the data set's order.
        builder: the tfds builder.
    """

    name: str
    features: Mapping[str, Any]
    splits: Mapping[str, int]
    builder: Any

    def rows(self, split: str) -> Iterator[dict[str, Any]]:
        """The examples of a split as NumPy values, in file order, the same each time; strings are bytes."""
        import tensorflow_datasets as tfds

        with _quiet():
            read = tfds.ReadConfig(try_autocache=False, interleave_cycle_length=1)
            yield from tfds.as_numpy(self.builder.as_dataset(split=split, shuffle_files=False, read_config=read))


def data_folder() -> Path:
    """Where tensorflow-datasets keeps its data: `TFDS_DATA_DIR`, or `~/tensorflow_datasets`."""
    return Path(os.environ.get("TFDS_DATA_DIR") or Path.home() / "tensorflow_datasets").expanduser()


def open_dataset(name: str, download: bool = False) -> Dataset:
    """Opens a prepared data set, or downloads and prepares it when `download` is true.

    Args:
        name: `name`, `name/config` or `name/config:1.0.0`, without `tfds:`.
        download: allow the network and writing into the data folder.

    Raises:
        UserError: tensorflow-datasets is absent, the name is unknown, the data is not prepared, or cannot be had.
    """
    if not _NAME.fullmatch(name):
        raise UserError(f"{PREFIX}{name}: expected a name such as tfds:imdb_reviews or tfds:glue/sst2; correct it")
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise UserError(f"{PREFIX}{name}: {error}; install it with `pip install tensorflow-datasets`") from error
    folder = data_folder()
    there = (folder / re.split("[/:]", name)[0]).is_dir()
    with _quiet():
        if not there:
            _require_known(tfds, name)  # the class alone: a builder without data leaves a temporary folder behind
            if not download:
                raise _not_prepared(name, folder)
        builder = _builder(tfds, name, folder)
        if not builder.is_prepared():
            if not download:
                raise _not_prepared(name, folder)
            _download(tfds, builder, name, folder)
    splits = {split: info.num_examples for split, info in builder.info.splits.items()}
    return Dataset(name, dict(builder.info.features), splits, builder)


def _not_prepared(name: str, folder: Path) -> UserError:
    return UserError(
        f"{PREFIX}{name}: expected the prepared data set in {folder}, found none; "
        "add --download to fetch it, or point TFDS_DATA_DIR at the folder that has it"
    )


def _require_known(tfds: Any, name: str) -> None:
    try:
        tfds.builder_cls(re.split("[/:]", name)[0])
    except (ValueError, ImportError) as error:
        raise UserError(
            f"{PREFIX}{name}: expected a data set of tensorflow-datasets {tfds.__version__}, found no such name; "
            "see https://www.tensorflow.org/datasets/catalog for the names"
        ) from error


def _builder(tfds: Any, name: str, folder: Path) -> Any:
    previous = tempfile.tempdir
    with tempfile.TemporaryDirectory() as scratch:
        tempfile.tempdir = scratch  # a builder without data makes a temporary folder and never removes it
        try:
            return tfds.builder(name, data_dir=str(folder), try_gcs=False)
        except (
            Exception
        ) as error:  # tfds raises ValueError, AssertionError, KeyError, ... for a wrong config or version
            if type(error).__name__ == "DatasetNotFoundError":
                _require_known(tfds, name)
            raise UserError(f"{PREFIX}{name}: cannot open it in {folder}: {_first(error)}; check the name") from error
        finally:
            tempfile.tempdir = previous


def _download(tfds: Any, builder: Any, name: str, folder: Path) -> None:
    host, port = _first_host(builder)
    try:
        socket.create_connection(_gate(host, port), timeout=_CONNECT_SECONDS).close()
    except OSError as error:
        raise UserError(
            f"{PREFIX}{name}: no connection to {host} ({error}); connect to the network, "
            f"or copy the prepared data set into {folder}"
        ) from error
    try:
        builder.download_and_prepare(download_config=tfds.download.DownloadConfig(try_download_gcs=False))
    except Exception as error:  # whatever a host, a checksum, a full disk or a preparation script may raise
        raise UserError(
            f"{PREFIX}{name}: cannot download and prepare it in {folder}: {_first(error)}; "
            "try again later, or copy the prepared data set there"
        ) from error


def _first_host(builder: Any) -> tuple[str, int]:
    """Host and port of the first file the data set wants."""
    urls = [url for url in (builder.url_infos or {}) if url.startswith(("http://", "https://"))]
    parts = urllib.parse.urlsplit(urls[0] if urls else "https://storage.googleapis.com")
    return parts.hostname or "", parts.port or (80 if parts.scheme == "http" else 443)


def _gate(host: str, port: int) -> tuple[str, int]:
    """What a download first connects to: the proxy where one is set, else the host."""
    proxy = urllib.request.getproxies().get("http" if port == 80 else "https")
    if not proxy or urllib.request.proxy_bypass(host):
        return host, port
    parts = urllib.parse.urlsplit(proxy if "//" in proxy else f"//{proxy}")
    return parts.hostname or host, parts.port or 80


def _first(error: BaseException) -> str:
    """The first line of a message, short enough for one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:200]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silences absl's warnings (missing metadata, retries) for the time of a call."""
    logger = logging.getLogger("absl")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
