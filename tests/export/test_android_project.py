"""Bundles are dropped into an Android project: whole, one after another, and never into somebody else's folder."""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from apps.__main__ import main
from common.data.ragged import Ragged
from common.errors import UserError
from common.preprocessing.text import TextEncoder
from common.preprocessing.tokenizer import Tokenizer
from common.preprocessing.vocabulary import Vocabulary
from export import android_project
from export.android_project import ASSETS, TEMPLATE, VECTORS, drop
from export.convert import Form
from export.pipeline import Examples, export_model
from tests.export.conftest import TIMESTEPS, VOCABULARY

ANDROID = "{http://schemas.android.com/apk/res/android}"
ROOT = Path(__file__).parents[2]
SOURCES = [path for path in TEMPLATE.rglob("*.kt") if "stubs" not in path.parts]


@pytest.fixture
def make_bundle(bag, make_spec, tmp_path):
    """A function that exports a bundle of texts under an application's name."""

    def make(name: str) -> Path:
        words = ("<pad>", "<unk>", *(f"word{number}" for number in range(VOCABULARY - 2)))
        encoder = TextEncoder(Tokenizer(), Vocabulary(words), TIMESTEPS, 6)
        (tmp_path / "preprocessing").mkdir(exist_ok=True)
        encoder.vocabulary.save(tmp_path / "preprocessing" / "vocabulary.txt")
        spec = replace(make_spec(assets=("vocabulary.txt",)), preprocessing=encoder.specification())
        spec = replace(spec, decoder={**spec.decoder, "output": "probabilities"})
        arrays = {"tokens": Ragged.from_rows([np.arange(2, 9)], np.int32)}
        export_model(
            bag, spec, tmp_path / name, application=name, examples=Examples(arrays),
            assets=tmp_path / "preprocessing", form=Form("float32"),
        )  # fmt: skip
        return tmp_path / name

    return make


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_applications_are_dropped_into_a_project_that_the_first_one_makes(make_bundle, tmp_path):
    project = tmp_path / "project"
    for name in ("letters", "others"):
        bundle = make_bundle(name)
        assert main(["export", str(bundle), "--android", str(project)]) == 0
        assets, vectors = files_of(project / ASSETS / name), files_of(project / VECTORS / name)
        whole = files_of(bundle)
        del whole["REPORT.md"]
        assert {**assets, **vectors} == whole
        assert set(vectors) == {"testvectors.json"}
    assert {path.name for path in (project / ASSETS).iterdir()} == {"letters", "others"}
    copied = {path.relative_to(project).as_posix() for path in project.rglob("*.kt")}
    assert copied == {path.relative_to(TEMPLATE).as_posix() for path in SOURCES}
    assert not (project / "stubs").exists()


def test_a_bundle_replaces_the_older_one_and_leaves_the_user_s_changes_alone(make_bundle, tmp_path):
    bundle, project = make_bundle("letters"), tmp_path / "project"
    project.mkdir()
    target = drop(bundle, project)
    (target / "stale.txt").write_text("of an older bundle")
    settings = project / "settings.gradle.kts"
    settings.write_text(settings.read_text() + "// mine\n")
    drop(bundle, project)
    assert not (target / "stale.txt").exists()
    assert settings.read_text().endswith("// mine\n")


def test_a_foreign_folder_is_refused_in_a_line_before_anything_is_converted(make_bundle, tmp_path, capsys):
    bundle, project = make_bundle("letters"), tmp_path / "mine"
    (project / "app").mkdir(parents=True)
    (project / "settings.gradle.kts").write_text('include(":app")\n')
    before = files_of(project)
    assert main(["export", str(bundle), "--android", str(project)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "found other files" in said
    assert main(["export", str(tmp_path / "no-run"), "--output", str(tmp_path / "b"), "--android", str(project)]) == 2
    assert "found other files" in capsys.readouterr().err
    assert files_of(project) == before


def test_a_failure_leaves_no_half_of_a_project(make_bundle, tmp_path, monkeypatch):
    bundle, project = make_bundle("letters"), tmp_path / "project"

    def full(*arguments: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        with pytest.raises(UserError, match="No space left"):
            drop(bundle, project)
    assert not project.exists()
    drop(bundle, project)
    before = files_of(project)
    with monkeypatch.context() as patch:
        patch.setattr(android_project, "_copy", full)
        with pytest.raises(UserError, match="No space left"):
            drop(bundle, project)
    assert files_of(project) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--android", "p", "--lane", "onnx", "--output", "b"], "expected the lane litert"),
        ([], "found a bundle"),
        (["--android", "p", "--output", "b"], "found a bundle"),
    ],
)
def test_flags_that_do_not_go_together_are_told(make_bundle, tmp_path, monkeypatch, capsys, arguments, said):
    bundle = make_bundle("letters")
    monkeypatch.chdir(tmp_path)
    assert main(["export", str(bundle), *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert not (tmp_path / "p").exists() and not (tmp_path / "b").exists()


def test_a_damaged_bundle_and_a_lone_model_s_are_refused(make_bundle, tmp_path):
    bundle = make_bundle("letters")
    given = json.loads((bundle / "preprocess.json").read_text())
    (bundle / "preprocess.json").write_text(json.dumps({**given, "head": 3}))
    with pytest.raises(UserError, match="the file is damaged"):
        drop(bundle, tmp_path / "project")
    assert not (tmp_path / "project").exists()


def test_the_app_asks_for_no_permission_and_needs_no_flex():
    manifest = ET.parse(TEMPLATE / "sample/src/main/AndroidManifest.xml").getroot()
    assert not [element for element in manifest.iter() if element.tag.startswith("uses-permission")]
    built = "".join(path.read_text() for path in [*TEMPLATE.rglob("*.kts"), *TEMPLATE.rglob("*.toml")])
    assert "select-tf-ops" not in built and "minSdk = 23" in built and "compileSdk = 36" in built


def test_every_text_is_a_resource_and_everything_without_a_text_has_a_label():
    for layout in (TEMPLATE / "sample/src/main/res/layout").glob("*.xml"):
        for element in ET.parse(layout).getroot().iter():
            for attribute in ("text", "hint", "contentDescription"):
                assert element.get(ANDROID + attribute, "@string/").startswith("@string/"), (
                    layout.name,
                    element.attrib,
                )
            drawn = "." in element.tag or element.tag == "Spinner"
            assert not drawn or element.get(ANDROID + "contentDescription"), (layout.name, element.tag)


def test_the_night_theme_has_every_colour_of_the_day():
    names = [
        {element.get("name") for element in ET.parse(TEMPLATE / f"sample/src/main/res/{folder}/{file}").getroot()}
        for file in ("colors.xml", "themes.xml") for folder in ("values", "values-night")
    ]  # fmt: skip
    assert names[0] == names[1] and names[2] == names[3]


def test_readers_import_nothing_of_android():
    """What runs on a JVM in `make verify-kotlin` is all but the four files that open assets and LiteRT."""
    own = [path for path in SOURCES if "sample" not in path.relative_to(TEMPLATE).parts]
    found = {p.name for p in own if re.search(r"^import (android|androidx|com\.google)\.", p.read_text(), re.M)}
    assert found == {"AssetFiles.kt", "AssetAnswerer.kt", "LiteRtRunner.kt", "LiteRtStepper.kt"}


def test_git_ignores_no_file_of_the_project():
    """The names that the repository ignores anywhere (bundle/, build/, runs/) must not swallow a package of sources."""
    patterns = [line for line in (ROOT / ".gitignore").read_text().split("\n") if line.endswith("/")]
    ignored = {pattern.rstrip("/") for pattern in patterns}
    assert not [path for path in TEMPLATE.rglob("*") if ignored & set(path.relative_to(TEMPLATE).parts)]
