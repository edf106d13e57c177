"""Writes a bundle: everything that a device needs, in one folder that is whole or absent."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

from common.app import ExportSpec, InputSpec
from common.errors import UserError
from common.files import atomic_path, read_json, sha256, write_json, write_sealed, write_text
from export.convert import Converted, Form
from export.gates import Gate, Tolerance
from export.metadata import AssociatedFile, Metadata, TensorNote, with_metadata
from export.operators import Inventory
from export.report import report
from export.rows import LENGTHS, NEXT_STATE, SIGNATURE, STATE, STEP
from export.runtime import ASSETS, FORMAT, FORMAT_VERSION, MANIFEST, MODEL, VECTORS, is_manifest


@dataclass(frozen=True)
class Contents:
    """What goes into a bundle.

    Attributes:
        application: the application's name, as data.
        model: the converted model.
        spec: what the application said of its model.
        form: how it was converted.
        output_shapes: output name -> shape with the batch axis; the dtypes stand beside in `output_dtypes`.
        output_dtypes: output name -> NumPy dtype name.
        inventory: what the model is made of.
        gates: the gates, passed.
        tolerance: how far the model may be from Keras.
        vectors: the entries of testvectors.json.
        assets: the run's preprocessing folder, where `spec.assets` lie; None when there are none.
        reading: documents with the raw inputs in them and their tensors.
    """

    application: str
    model: Converted
    spec: ExportSpec
    form: Form
    output_shapes: Mapping[str, tuple[int, ...]]
    output_dtypes: Mapping[str, str]
    inventory: Inventory
    gates: Sequence[Gate]
    tolerance: Tolerance
    vectors: Sequence[Mapping[str, Any]]
    assets: Path | None
    reading: Sequence[Mapping[str, Any]] = ()


def checked_output(output: Path) -> Path:
    """The absolute output folder, when a bundle may be put there: absent, empty, or a bundle to replace.

    Raises:
        UserError: a file, or a folder that holds something else.
    """
    output = output.absolute()
    if output.is_symlink() or (output.exists() and not output.is_dir()):
        raise UserError(f"--output {output}: expected a folder for the bundle, found a file or a link; choose another")
    if output.is_dir() and any(output.iterdir()):
        manifest = output / MANIFEST
        if not (manifest.is_file() and is_manifest(read_json(manifest))):
            raise UserError(
                f"--output {output}: expected a bundle or no folder, found other files; choose another folder"
            )
    return output


def checked_assets(spec: ExportSpec, assets: Path | None) -> None:
    """Raises UserError where an asset that the specification names is not there or lies outside the folder."""
    for name in spec.assets:
        parts = PurePosixPath(name).parts
        if not parts or ".." in parts or PurePosixPath(name).is_absolute():
            raise UserError(f"ExportSpec.assets: expected file names inside the run's {ASSETS} folder, found {name!r}")
        if assets is None or not (assets / name).is_file():
            raise UserError(f"expected the preprocessing asset {name} in {assets}, found none; train the run again")


def write_bundle(output: Path, contents: Contents) -> Path:
    """Writes the bundle atomically and returns its folder; an existing bundle is replaced.

    Raises:
        UserError: the place cannot be written or holds something else than a bundle.
    """
    output = checked_output(output)
    checked_assets(contents.spec, contents.assets)
    with atomic_path(output) as folder:
        folder.mkdir()
        (folder / MODEL).write_bytes(with_metadata(contents.model.data, _about(contents)))
        write_json(folder / "preprocess.json", dict(contents.spec.preprocessing))
        write_json(folder / "decoder.json", dict(contents.spec.decoder))
        write_json(
            folder / VECTORS, vectors_document(SIGNATURE, contents.tolerance, contents.vectors, contents.reading)
        )
        for name in contents.spec.assets:
            assert contents.assets is not None
            target = folder / ASSETS / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(contents.assets / name, target)
        manifest = _manifest(contents, folder)
        write_text(folder / "REPORT.md", report(manifest, contents.gates, left_float(contents)))
        manifest["files"]["REPORT.md"] = _entry(folder / "REPORT.md")
        write_sealed(folder / MANIFEST, manifest)
    return output


def _about(contents: Contents) -> Metadata:
    """What a reader of model.tflite alone sees: names, meanings, and the labels where there are any."""
    spec, decoder = contents.spec, contents.spec.decoder
    inputs = {name: TensorNote(_meaning(name, item)) for name, item in spec.inputs.items()}
    labels = "".join(f"{label}\n" for label in decoder.get("labels", ())).encode()
    files = (AssociatedFile("labels.txt", labels, "labels"),) if labels else ()
    outputs = {
        name: TensorNote(f"see decoder.json ({decoder.get('kind')})", files if name == decoder.get("output") else ())
        for name in spec.outputs
    }
    described = f"{contents.form.weights} weights, recurrent layers as loops; preprocessing in preprocess.json"
    return Metadata(contents.application, described, author="made with Unroll", inputs=inputs, outputs=outputs)


def _meaning(name: str, item: InputSpec) -> str:
    if name == LENGTHS:
        return "number of real timesteps"
    return f"{item.dtype} {list(item.shape)}, shorter rows filled with {item.fill:g}"


def versions() -> dict[str, str]:
    """Python and the packages that made the model."""
    packages = ("keras", "tensorflow", "ai-edge-litert", "numpy")
    installed = {entry.metadata["Name"].lower(): entry.version for entry in metadata.distributions()}
    return {"python": platform.python_version()} | {name: installed.get(name, "unknown") for name in packages}


def left_float(contents: Contents) -> list[str]:
    """The large constants of an int8 model that stayed in another dtype, in words."""
    if contents.form.weights not in ("int8", "int4"):
        return []
    others = [w for w in contents.inventory.weights if w.dtype not in ("int8", "int4")]
    return [f"{w.name} {list(w.shape)} {w.dtype}" for w in others]


def _manifest(contents: Contents, folder: Path) -> dict[str, Any]:
    spec, found = contents.spec, contents.inventory
    inputs = {
        name: {"shape": [1, *item.shape], "dtype": item.dtype, "fill": item.fill} for name, item in spec.inputs.items()
    }
    outputs = {
        name: {"shape": list(contents.output_shapes[name]), "dtype": contents.output_dtypes[name]}
        for name in spec.outputs
    }
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "application": contents.application,
        "lane": "litert",
        "weights": contents.form.weights,
        "synthetic_data": spec.synthetic,
        "state": "stateless",
        "signatures": {SIGNATURE: {"inputs": inputs, "outputs": outputs}, **_step_signature(contents)},
        "recurrent_layers": [
            {"layer": name, "steps_per_iteration": cut.unroll, "rows_per_block": cut.block}
            for name, cut in contents.model.layers
        ],
        "slow_layers": dict(contents.model.slow),
        "no_step": contents.model.no_step,
        "operators": dict(found.operators),
        "constant_bytes": dict(found.constant_bytes),
        "weights_stored": [asdict(weight) for weight in found.weights],
        "tolerance": asdict(contents.tolerance),
        "gates": [{"name": g.name, "detail": g.detail, "measured": rounded(g.measured)} for g in contents.gates],
        "runtimes_checked": [f"ai-edge-litert {metadata.version('ai-edge-litert')} Interpreter, CPU"],
        "versions": versions(),
        "assets": [f"{ASSETS}/{name}" for name in spec.assets],
        "files": {path.relative_to(folder).as_posix(): _entry(path) for path in files},
    }


def _step_signature(contents: Contents) -> dict[str, Any]:
    """The manifest's entry of the signature `step`, when there is one; its inputs are those of `run`, a step long."""
    if not contents.model.states:
        return {}
    states = [
        {"input": f"{STATE}{number}", "output": f"{NEXT_STATE}{number}", "layer": layer, "shape": [1, units]}
        for number, (layer, units) in enumerate(contents.model.states)
    ]
    rule = "states start as zeros; give each step's `output` as the next step's `input`"
    return {STEP: {"states": states, "rule": rule}}


def _entry(path: Path) -> dict[str, Any]:
    return {"size_bytes": path.stat().st_size, "sha256": sha256(path)}


def vectors_document(
    signature: str,
    tolerance: Tolerance,
    vectors: Sequence[Mapping[str, Any]],
    reading: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """What stands in testvectors.json.

    Args:
        signature: that the model's outputs are of.
        tolerance: how far they may be from Keras'.
        vectors: what `export.vectors.vectors` gave.
        reading: documents with the raw inputs in them and their tensors.
    """
    return {
        "signature": signature,
        "padding": "inputs are given without padding; pad the first dimension with `fill` to the manifest's shape",
        "tolerance": asdict(tolerance),
        "vectors": list(vectors),
        "reading": list(reading),
    }


def rounded(value: Any) -> Any:
    """JSON values with floats at four significant digits, so that a report does not carry noise."""
    if isinstance(value, Mapping):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
