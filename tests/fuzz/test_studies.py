"""The files of a search that somebody else sent: read, or refused in a line; nothing of them runs."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path

import pytest

from common.errors import UserError
from tests.fuzz.mutations import HOSTILE, mutated
from tests.tuning.conftest import instant
from tests.tuning.conftest import make_study as make_study
from tuning.report import write_report
from tuning.search import Searcher

_CHANGES = int(os.environ.get("UNROLL_FUZZ", "2"))  # of each file


@pytest.fixture
def searched(make_study) -> object:
    study = make_study("random", 2)
    study.open()
    Searcher(study, instant).search()
    return study


def _unsealed(raw: bytes | str) -> dict:
    """As somebody would write it who knows of no seal, which is read; a change under a seal is not."""
    return {name: value for name, value in json.loads(raw).items() if name != "seal"}


def _changed(raw: bytes, draw: random.Random) -> bytes:
    """Other bytes, or other JSON: a value taken away or replaced."""
    if draw.random() < 0.5:
        return mutated(raw, [(draw.randrange(10), draw.randrange(1 << 16), draw.randrange(len(HOSTILE)))])
    values = _unsealed(raw)
    parent, key = values, draw.choice(list(values))
    while isinstance(parent[key], dict) and parent[key] and draw.random() < 0.7:
        parent = parent[key]
        key = draw.choice(list(parent))
    if draw.random() < 0.3:
        del parent[key]
    else:
        parent[key] = draw.choice([None, [], {}, -1, 1e300, "x", "../../x", [[]], True])
    return json.dumps(values).encode()


def test_a_changed_study_goes_on_or_is_refused_in_a_line(searched, tmp_path):
    kept, draw, refused = tmp_path / "kept", random.Random(int(os.environ.get("UNROLL_FUZZ", "0"))), 0
    shutil.copytree(searched.folder, kept)
    files = [path.relative_to(kept) for path in sorted(kept.rglob("*.json"))]
    assert {"study.json", "oracle.json"} <= {path.name for path in files}
    outside = sorted(path for path in tmp_path.iterdir())
    for file in files:
        for _ in range(_CHANGES):
            shutil.rmtree(searched.folder)
            shutil.copytree(kept, searched.folder)
            (Path(searched.folder) / file).write_bytes(_changed((kept / file).read_bytes(), draw))
            try:
                searched.open()
                Searcher(searched, instant).search()
                write_report(searched)
            except UserError as error:
                refused += 1
                assert str(error).isprintable(), error
    assert refused
    assert sorted(path for path in tmp_path.iterdir()) == outside


@pytest.mark.parametrize("state", [False, True])
def test_a_trials_name_leads_nowhere_else(searched, tmp_path, state):
    """A record's name is a folder of TensorBoard's, one in the oracle's state the folder of the trial."""
    if state:
        path = searched.folder / "oracle" / "oracle.json"
        text = path.read_text()
        first = next(iter(json.loads(text)["ongoing_trials"].values()), None) or json.loads(text)["start_order"][0]
        path.write_text(json.dumps(_unsealed(text.replace(f'"{first}"', '"../../x"'))))
        trial = searched.folder / "oracle" / f"trial_{first}" / "trial.json"
    else:
        trial = next(searched.folder.glob("trials/*/trial.json"))
        first = json.loads(trial.read_text())["trial"]
    trial.write_text(json.dumps(_unsealed(trial.read_text().replace(f'"{first}"', '"../../x"'))))
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UserError, match=r"expected a trial's name of letters and digits, found '../../x'"):
        Searcher(searched, instant).search()
        write_report(searched)
    assert sorted(tmp_path.iterdir()) == before
