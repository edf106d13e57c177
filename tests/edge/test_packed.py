"""The edge distribution packs what answering imports: no module less, no module more."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EDGE = tomllib.loads((ROOT / "edge" / "pyproject.toml").read_text(encoding="utf-8"))
WHOLE = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# modules whose functions import what a kind of bundle, or a command, needs
LAZY = ("export.kinds", "common.data.pictures")
# imports what the commands of the edge do and what each kind of bundle asks for, where nothing of training can be had
IMPORTED = """
import importlib, importlib.abc, json, sys
class Guard(importlib.abc.MetaPathFinder):
    allowed = {"numpy", "ai_edge_litert", "flatbuffers", "regex", "defusedxml", "PIL", "apps", "common", "export",
               *sys.stdlib_module_names}
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in self.allowed:
            raise ModuleNotFoundError(f"not on the edge: {name}", name=name)
sys.meta_path.insert(0, Guard())
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps([name for name in sys.modules if name.partition(".")[0] in ("apps", "common", "export")]))
"""


def imports_inside(module: str) -> set[str]:
    """The modules that the functions of a module import."""
    tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
    inner = [node for function in tree.body if isinstance(function, ast.FunctionDef) for node in ast.walk(function)]
    return {str(node.module) for node in inner if isinstance(node, ast.ImportFrom)}


def test_the_packed_modules_are_those_that_answering_imports():
    wanted = {"apps.__main__", "apps.commands", "apps.bundles", *LAZY}.union(*map(imports_inside, LAZY))
    command = [sys.executable, "-c", IMPORTED, json.dumps(sorted(wanted))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    needed = {name for name in json.loads(done.stdout) if not _is_package(name)}
    packed = EDGE["tool"]["setuptools"]["py-modules"]
    assert packed == sorted(needed)
    # setuptools adds the __init__ of a module's own folder, not of those above it
    folders = {name.rpartition(".")[0] for name in packed}
    assert {name for name in json.loads(done.stdout) if _is_package(name)} == folders


def _is_package(name: str) -> bool:
    return (ROOT / name.replace(".", "/") / "__init__.py").is_file()


def test_both_distributions_ask_for_the_same_versions():
    project = EDGE["project"]
    extras = [need for name, needs in project["optional-dependencies"].items() if name != "all" for need in needs]
    assert set(project["dependencies"]) | set(extras) <= set(WHOLE["project"]["dependencies"])
    for field in ("version", "requires-python", "license"):
        assert project[field] == WHOLE["project"][field]
    assert not set(project["scripts"].items()) - set(WHOLE["project"]["scripts"].items())
