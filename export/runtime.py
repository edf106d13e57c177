"""Runs a bundle with NumPy and ai-edge-litert alone, as a device does; TensorFlow and Keras are never imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import numpy as np

from common.app import InputSpec
from common.data.ragged import Arrays, row_count
from common.errors import UserError
from common.files import is_file, lies_inside, read_json, read_sealed, sha256
from common.preprocessing import specification as spec
from export.compiled import CompiledFile
from export.interpreted import InterpretedFile, interpreter
from export.rows import NEXT_STATE, SIGNATURE, STATE, STEP, padded_inputs

FORMAT = "unroll-bundle"
FORMAT_VERSION = 1
MANIFEST = "manifest.json"
MODEL = "model.tflite"
VECTORS = "testvectors.json"
ASSETS = "preprocessing"
_DTYPES = ("float32", "int32", "int16", "int8", "uint8")  # of inputs


Progress = Callable[[int, int], None]


class Runtime:
    """A converted model that takes encoded arrays; calling it makes it a `common.app.Runner`.

    Attributes:
        inputs: input name -> static shape, dtype and fill value.
        outputs: output name -> shape with the batch axis of 1.
        dtypes: output name -> NumPy dtype name.
        has_step: whether the model has the signature `step`.
    """

    def __init__(
        self,
        model: bytes | Path,
        inputs: Mapping[str, InputSpec] | None = None,
        threads: int = 1,
        *,
        shared_weights: bool = False,
    ) -> None:
        """Loads a .tflite file with the signature `run`.

        Args:
            model: the file or its bytes.
            inputs: shapes, dtypes and fill values; without it the fill values are 0 and the rest the model's own.
            threads: CPU threads.
            shared_weights: run it by `export.compiled`, which is faster where `--fastest` wrote out steps.

        Raises:
            UserError: no such file, no TFLite model, no signature `run`.
        """
        if threads < 1:
            raise UserError(f"--threads: expected at least 1, found {threads}; correct it")
        form: Callable[..., InterpretedFile | CompiledFile] = CompiledFile if shared_weights else InterpretedFile
        self._model = _loaded(model, threads, form)
        own = {name: InputSpec(shape[1:], dtype.name) for name, (shape, dtype) in self._model.inputs.items()}
        self.inputs: dict[str, InputSpec] = dict(inputs or own)
        self.outputs = {name: shape for name, (shape, _) in self._model.outputs.items()}
        self.dtypes = {name: dtype.name for name, (_, dtype) in self._model.outputs.items()}
        self.has_step = STEP in self._model.signatures
        for name, item in self.inputs.items():
            if name not in own or (own[name].shape, own[name].dtype) != (item.shape, item.dtype):
                raise UserError(
                    f"expected the model input {name} {item.shape} {item.dtype}, found {own.get(name)}; export it again"
                )

    def __call__(self, arrays: Arrays) -> dict[str, np.ndarray]:
        """`run` without progress."""
        return self.run(arrays)

    def run(self, arrays: Arrays, progress: Progress | None = None) -> dict[str, np.ndarray]:
        """Runs every row at batch 1.

        Args:
            arrays: encoded examples, Ragged or plain, one row each.
            progress: called with (rows done, rows) after each row.

        Returns:
            output name -> (rows, ...) array.

        Raises:
            UserError: an input is missing, or a row does not fit the model.
        """
        count = row_count(arrays)
        results: dict[str, np.ndarray] = {}
        for row in range(count):
            outputs = self.invoke(padded_inputs(arrays, self.inputs, np.array([row])))
            for name, value in outputs.items():
                if name not in results:
                    results[name] = np.empty((count, *value.shape[1:]), value.dtype)
                results[name][row] = value[0]
            if progress is not None:
                progress(row + 1, count)
        return results

    def invoke(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """One inference: input name -> (1, ...) arrays of the model's dtypes, fully padded; output name -> (1, ...).

        Raises:
            UserError: the runtime stops, for example at an id outside a table.
        """
        self._model.feed(inputs)
        try:
            self._model.invoke()
        except RuntimeError as error:
            raise UserError(
                f"expected inputs that the model can run on, found: {' '.join(str(error).split())}; "
                "check that ids lie inside the vocabulary"
            ) from error
        return self._model.results()


_Form = TypeVar("_Form")


def _loaded(model: bytes | Path, threads: int, form: Callable[..., _Form], signature: str = SIGNATURE) -> _Form:
    """A signature of a model, ready to run."""
    try:
        return form(model, threads, signature)
    except (ValueError, RuntimeError) as error:
        where = model if isinstance(model, Path) else "the model"
        raise UserError(
            f"expected a TFLite model with the signature {signature!r} in {where}, found: {error}; export it again"
        ) from error


class Stepper:
    """A converted model that takes one timestep at a time and carries its states.

    Args:
        model: the file or its bytes.
        threads: CPU threads of the interpreter.

    Raises:
        UserError: no TFLite model, or one without the signature `step`.
    """

    def __init__(self, model: bytes | Path, threads: int = 1) -> None:
        self._runner = _loaded(model, threads, interpreter, STEP)[1]
        details = self._runner.get_input_details()
        self.inputs = {
            name: (tuple(map(int, item["shape"])), np.dtype(item["dtype"]))
            for name, item in details.items()
            if not name.startswith(STATE)
        }
        self._zeros = {
            name: np.zeros(item["shape"], item["dtype"]) for name, item in details.items() if name.startswith(STATE)
        }
        self._states = dict(self._zeros)

    def reset(self) -> None:
        """Starts a new sequence."""
        self._states = dict(self._zeros)

    def step(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """One timestep: input name -> (1, 1, ...) or (1, ...) array; output name -> the output after this step."""
        found = dict(self._runner(**inputs, **self._states))
        self._states = {name: found.pop(f"{NEXT_STATE}{name.removeprefix(STATE)}") for name in self._states}
        return found


@dataclass(frozen=True)
class Bundle:
    """A bundle that was checked file by file.

    Attributes:
        folder: where it lies.
        manifest: manifest.json.
        inputs: the model's inputs.
        decoder: how outputs become an answer, as JSON.
        preprocessing: the preprocessing specification, as JSON; the assets it names lie in `folder`.
    """

    folder: Path
    manifest: Mapping[str, Any]
    inputs: Mapping[str, InputSpec]
    decoder: Mapping[str, Any]
    preprocessing: Mapping[str, Any]

    def runtime(self, threads: int = 1, *, shared_weights: bool = False) -> Runtime:
        """The bundle's model, ready to run; arguments as those of `Runtime`."""
        return Runtime(self.folder / MODEL, self.inputs, threads, shared_weights=shared_weights)


def load_bundle(folder: Path) -> Bundle:
    """Loads a bundle after checking the size and the SHA-256 of each of its files.

    Raises:
        UserError: not a bundle, of another version, or a file is missing or damaged (the file is named).
    """
    manifest = read_sealed(folder / MANIFEST)
    if not is_manifest(manifest):
        raise UserError(
            f"{folder / MANIFEST}: expected the manifest of a bundle, found other JSON; give a bundle's folder"
        )
    if manifest.get("format_version") != FORMAT_VERSION:
        raise UserError(
            f"{folder / MANIFEST}: expected format version {FORMAT_VERSION}, found {manifest.get('format_version')}; "
            "export again with this version"
        )
    if manifest.get("lane") != "litert":
        raise UserError(
            f"{folder / MANIFEST}: expected a bundle of the lane litert, found {manifest.get('lane')!r}; "
            "run it with the runtime of its lane"
        )
    place = str(folder / MANIFEST)
    for name, entry in manifest["files"].items():
        size = spec.read_as(place, f"{name}'s size", partial(spec.whole, entry, "size_bytes", 0, 1 << 62))
        digest = spec.read_as(place, f"{name}'s checksum", partial(spec.text, entry, "sha256"))
        _check_file(folder, name, size, digest)
    _check_complete(folder, manifest["files"])
    inputs = spec.read_as(place, "the inputs of a signature", lambda: _inputs(manifest))
    decoder, preprocessing = read_json(folder / "decoder.json"), read_json(folder / "preprocess.json")
    return Bundle(folder, manifest, inputs, decoder, preprocessing)


def is_manifest(value: Any) -> bool:
    """Whether JSON is the manifest of a bundle, of whatever version."""
    return isinstance(value, dict) and value.get("format") == FORMAT and isinstance(value.get("files"), dict)


def _inputs(manifest: Mapping[str, Any]) -> dict[str, InputSpec]:
    """The inputs of `run`, as the manifest has them."""
    given = spec.field(spec.field(spec.field(manifest, "signatures"), SIGNATURE), "inputs")
    if not isinstance(given, Mapping):
        raise ValueError("inputs: expected an object")
    return {
        name: InputSpec(
            tuple(spec.whole({"shape": size}, "shape", 1, 1 << 31) for size in spec.items(item, "shape")[1:]),
            spec.text(item, "dtype", *_DTYPES),
            spec.number(item, "fill"),
        )
        for name, item in given.items()
    }


def _check_complete(folder: Path, files: Mapping[str, Any]) -> None:
    """Refuses a manifest that leaves out a file which is going to be read, so that nothing is read unchecked."""
    found = [folder / VECTORS, *sorted((folder / ASSETS).rglob("*"))]
    there = [path.relative_to(folder).as_posix() for path in found if path.is_symlink() or is_file(path)]
    for name in (MODEL, "decoder.json", "preprocess.json", *there):
        if name not in files:
            raise UserError(
                f"{folder / MANIFEST}: expected the checksum of {name}, found none; copy the whole bundle again"
            )


def _check_file(folder: Path, name: str, size_bytes: int, digest: str) -> None:
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        raise UserError(f"{folder / MANIFEST}: expected files inside the bundle, found {name!r}; export it again")
    path = folder / name
    if not is_file(path):
        raise UserError(f"{path}: expected a file of the bundle, found none; copy the whole bundle again")
    if not lies_inside(path, folder):
        raise UserError(f"{path}: expected a file, found a symbolic link out of the bundle; copy the file into it")
    if path.stat().st_size != size_bytes or sha256(path) != digest:
        raise UserError(
            f"{path}: expected {size_bytes} bytes with SHA-256 {digest[:12]}..., found "
            f"{path.stat().st_size} bytes with {sha256(path)[:12]}...; the file is damaged, copy the bundle again"
        )
