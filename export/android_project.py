"""Drops bundles into an Android project: the one in export/android, copied when the folder is empty or absent."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from common.errors import UserError
from common.files import atomic_path
from export.runtime import MANIFEST, Bundle, load_bundle
from export.runtime import VECTORS as TEST_VECTORS

TEMPLATE = Path(__file__).parent / "android"
ASSETS, VECTORS = Path("sample/src/main/assets/unroll"), Path("sample/src/test/vectors")
# a project of ours has these
_OWN = (
    "settings.gradle.kts",
    "unroll/src/main/kotlin/dev/unroll/bundles/Bundle.kt",
    "sample/src/main/AndroidManifest.xml",
)
_NOT_COPIED = shutil.ignore_patterns("stubs", "build", ".gradle", ".idea", "local.properties", "__pycache__")


def checked_project(project: Path) -> Path:
    """The absolute folder, when bundles may be dropped there: absent, empty, or a copy of our project.

    Raises:
        UserError: a file, or a folder that holds something else.
    """
    project = project.absolute()
    if project.exists() and not project.is_dir():
        raise UserError(f"--android {project}: expected a folder for the Android project, found a file; choose another")
    if project.is_dir() and any(project.iterdir()) and not all((project / name).is_file() for name in _OWN):
        raise UserError(
            f"--android {project}: expected a project made by `unroll export ... --android`, an empty folder or none, "
            "found other files; choose another folder, and copy from it what your own project needs"
        )
    return project


def drop(folder: Path, project: Path) -> Path:
    """Puts a bundle's files into a project's assets, in place of an older bundle of the same application.

    Args:
        folder: the bundle.
        project: an Android project made by this function, an empty folder, or none.

    Returns:
        The bundle's folder in the assets.

    Raises:
        UserError: not a bundle that an app can read, a foreign folder, or the place cannot be written.
    """
    project, bundle = checked_project(project), load_bundle(folder)
    name = _application(bundle)
    if not project.is_dir() or not any(project.iterdir()):
        with atomic_path(project) as copy:
            shutil.copytree(TEMPLATE, copy, ignore=_NOT_COPIED)
            _write(bundle, name, copy)
    else:
        _write(bundle, name, project)
    return project / ASSETS / name


def _application(bundle: Bundle) -> str:
    """The name of the bundle's folder in the assets."""
    name: Any = bundle.manifest.get("application")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", name) or "kind" not in bundle.preprocessing:
        raise UserError(
            f"{bundle.folder / MANIFEST}: expected the name of an application, found {name!r}; export again"
        )
    if bundle.preprocessing["kind"] == "none":
        raise UserError(
            f"{bundle.folder}: expected the bundle of an application's run, found that of a lone model, which has no "
            "reader; put its model.tflite into your own project"
        )
    return name


def _write(bundle: Bundle, name: str, project: Path) -> None:
    files = [MANIFEST, *(file for file in bundle.manifest["files"] if file not in (TEST_VECTORS, "REPORT.md"))]
    with atomic_path(project / VECTORS / name) as vectors, atomic_path(project / ASSETS / name) as assets:
        _copy(bundle.folder, files, assets)
        _copy(bundle.folder, [TEST_VECTORS], vectors)


def _copy(source: Path, files: list[str], target: Path) -> None:
    for file in files:
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / file, target / file)
