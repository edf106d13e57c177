"""What the contract asks of a bundle: a file of inputs for each application, and answers that are the run's."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from apps.handwriting.sample import read as written
from apps.stock.sample import generate as priced
from export.answers import Answerer
from export.vectors import EXACT, jsonable

# prints what `unroll predict` prints, and fails where something was imported that a device does not have
WITHOUT_TENSORFLOW = """
import sys
from apps.__main__ import main
status = main(["predict", sys.argv[1], "--file", sys.argv[2], "--json"])
heavy = {"tensorflow", "keras", "jax", "torch", "sklearn", "scipy", "pandas", "matplotlib", "h5py", "arch"}
found = sorted(heavy & {name.partition(".")[0] for name in sys.modules})
sys.exit(f"imported {found}" if found else status)
"""
_LINES = {
    "sentiment": "a film worth watching twice\nnot good at all \U0001f600, really cafe\u0301\n",
    "ner": "Ann Kalara flew to New Osmir on Monday. She met Bo!\n\u05e9\u05dc\u05d5\u05dd \U0001f44d Dr. Lee left.\n",
    "dna": ">first of two\nACGTACGTNNACGTACGTACGT\nACGTTTGCA\n>second\nggcatgcatgcaucgatgcatgcatgcatgcat\n",
}


def write_input(app: str, folder: Path) -> Path:
    """A file of several inputs as people have it; synthetic."""
    if app == "stock":
        path = folder / "prices.csv"
        with open(path, "w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["date", "open", "high", "low", "close", "volume", "Name"])
            for one in priced(3, 120, seed=5):
                columns = (one.dates, one.open, one.high, one.low, one.close, one.volume)
                rows.writerows([*map(str, row), one.name] for row in zip(*columns, strict=True))
        return path
    if app == "handwriting":
        path = folder / "ink.jsonl"
        inks = written(60, seed=9).parts["train"].inputs[:3]
        path.write_text("".join(json.dumps([stroke.tolist() for stroke in ink]) + "\n" for ink in inks))
        return path
    path = folder / ("records.fa" if app == "dna" else "lines.txt")
    path.write_text(_LINES[app], encoding="utf-8")
    return path


def assert_alike(found: Any, expected: Any, tolerance: float, place: str = "") -> None:
    """Two records are the same but for floats, which may differ by `tolerance` (times the number where above 1)."""
    if isinstance(expected, dict):
        assert isinstance(found, dict) and list(found) == list(expected), place
        for key in expected:
            assert_alike(found[key], expected[key], tolerance, f"{place}.{key}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), place
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            assert_alike(one, other, tolerance, f"{place}[{number}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, abs=tolerance * max(1.0, abs(expected))), place
    else:
        assert found == expected, place


def without_probability(app: str, record: dict[str, Any]) -> dict[str, Any]:
    """A run's record as its bundle can tell it: the tagger's bundle has the best path, not the marginals."""
    if app != "ner":
        return record
    kept = [{k: v for k, v in entity.items() if k != "probability"} for entity in record["entities"]]
    return {**record, "entities": kept}


def _assert_tensor(name: str, found: Any, expected: Any) -> None:
    """Whole numbers are equal; floats agree to the seven digits that they are written at."""
    found = np.asarray(found)
    if np.issubdtype(found.dtype, np.integer):
        np.testing.assert_array_equal(found, expected, name)
    else:
        np.testing.assert_allclose(found, np.array(expected).reshape(found.shape), 1e-6, 1e-6, err_msg=name)


def replay(answerer: Answerer) -> int:
    """Checks each test vector from its raw input on, and each document; returns the smaller number of the two."""
    told = json.loads((answerer.bundle.folder / "testvectors.json").read_text())
    bound = told["tolerance"]["max_absolute"]
    for vector in told["vectors"]:
        raw = answerer.from_json(vector["raw"])
        arrays = answerer.encode([raw])
        for name, expected in vector["inputs"].items():
            _assert_tensor(name, arrays[name][0], expected)
        outputs = answerer.runtime.run(arrays)
        for name, given in vector["outputs"].items():
            expected = np.array(given)
            found = outputs[name][0][: len(expected)] if expected.ndim else outputs[name][0]
            if np.issubdtype(found.dtype, np.integer):
                assert np.mean(found == expected) >= told["tolerance"]["min_equal"], name
            else:
                scale = max(1.0, float(np.abs(expected).max()))
                np.testing.assert_allclose(found, expected, rtol=0, atol=bound * scale, err_msg=name)
        # prices and logarithms of a beam search are sums and exponentials of outputs
        assert_alike(answerer([raw])[0].record, vector["decoded"], 20 * bound)
    for case in told["reading"]:
        inputs = answerer.read_text(case["text"], case["single"])
        assert [jsonable(given, EXACT) for given in inputs] == case["raw"]
        arrays = answerer.encode(inputs)
        for row, tensors in enumerate(case["inputs"]):
            for name, expected in tensors.items():
                _assert_tensor(name, arrays[name][row], expected)
    return min(len(told["vectors"]), len(told["reading"]))
