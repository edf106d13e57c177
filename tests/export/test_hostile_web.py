"""Whatever a bundle's files or a document hold: the JavaScript readers answer, or refuse in words of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from export.web_site import PAGE
from tests.export.web_bundles import (
    ink_bundle,
    nucleotides_bundle,
    pictures_bundle,
    prices_bundle,
    texts_bundle,
    words_bundle,
)

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")

CHANGES = int(os.environ.get("UNROLL_FUZZ", "300"))
BUNDLES: dict[str, Callable[[Path], Path]] = {
    "text": texts_bundle,
    "words": words_bundle,
    "nucleotides": lambda folder: nucleotides_bundle(folder, aligned=False),
    "ink": lambda folder: ink_bundle(folder, "height"),
    "image": pictures_bundle,
    "prices": lambda folder: prices_bundle(folder, "garman_klass", market=False),
    "panel": lambda folder: prices_bundle(folder, "garman_klass", market=True),
}


def changed(folder: Path, page: Path = PAGE) -> subprocess.CompletedProcess[str]:
    command = [
        "node",
        "--max-old-space-size=1024",
        str(page / "verify" / "hostile.mjs"),
        str(folder),
        "1",
        str(CHANGES),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=60 + CHANGES, check=False)


@pytest.mark.parametrize("kind", BUNDLES)
def test_changed_bundles_and_documents_are_answered_or_refused(tmp_path, kind):
    done = changed(BUNDLES[kind](tmp_path))
    assert done.returncode == 0, (done.stdout + done.stderr)[:3000]
    assert " 0 failures" in done.stdout


def test_a_reader_that_does_not_check_is_found(tmp_path):
    page = tmp_path / "page"
    shutil.copytree(PAGE, page, ignore=shutil.ignore_patterns("node_modules"))
    reader = page / "readers" / "softmax.js"
    told = reader.read_text()
    checked = 'spec.texts(values, "labels")'
    assert checked in told
    reader.write_text(told.replace(checked, "values.labels"))
    folder = tmp_path / "bundle"
    folder.mkdir()
    done = changed(BUNDLES["nucleotides"](folder), page)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "change " in done.stdout
