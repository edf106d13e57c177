"""The bundle of a lane other than litert: the lane's files, preprocessing assets, and a manifest."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from common.app import ExportSpec
from common.files import atomic_path, sha256, write_json, write_sealed
from export.bundle import ASSETS, checked_assets, checked_output, rounded, versions
from export.gates import Gate
from export.runtime import FORMAT, FORMAT_VERSION, MANIFEST, VECTORS


def write_lane(
    output: Path,
    contents: Mapping[str, bytes],
    facts: Mapping[str, Any],
    gates: Sequence[Gate],
    spec: ExportSpec,
    assets: Path | None,
    vectors: Mapping[str, Any] | None = None,
) -> None:
    """Writes a bundle atomically; an existing bundle is replaced.

    Args:
        output: the bundle's folder.
        contents: file name -> bytes: the model and what belongs to it.
        facts: what the manifest says beside files, gates and versions; `lane` among them.
        gates: the gates, passed.
        spec: names the preprocessing assets.
        assets: the folder where they lie.
        vectors: what stands in testvectors.json; None where there is none.

    Raises:
        UserError: the place holds something else, or an asset is missing.
    """
    output = checked_output(output)
    checked_assets(spec, assets)
    with atomic_path(output) as folder:
        folder.mkdir()
        for name, data in contents.items():
            (folder / name).write_bytes(data)
        write_json(folder / "preprocess.json", dict(spec.preprocessing))
        write_json(folder / "decoder.json", dict(spec.decoder))
        if vectors is not None:
            write_json(folder / VECTORS, dict(vectors))
        for name in spec.assets:
            assert assets is not None
            target = folder / ASSETS / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(assets / name, target)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        manifest = {
            "format": FORMAT, "format_version": FORMAT_VERSION, "synthetic_data": spec.synthetic, **facts,
            "gates": [{"name": g.name, "detail": g.detail, "measured": rounded(g.measured)} for g in gates],
            "versions": versions(),
            "files": {
                path.relative_to(folder).as_posix(): {"size_bytes": path.stat().st_size, "sha256": sha256(path)}
                for path in files
            },
        }  # fmt: skip
        write_sealed(folder / MANIFEST, manifest)
