"""What the contract asks of a bundle: a file of inputs for each application, and answers that are the run's."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from apps.handwriting.sample import read as written
from apps.stock.sample import generate as priced

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


def without_probability(app: str, record: dict[str, Any]) -> dict[str, Any]:
    """A run's record as its bundle can tell it: the tagger's bundle has the best path, not the marginals."""
    if app != "ner":
        return record
    kept = [{k: v for k, v in entity.items() if k != "probability"} for entity in record["entities"]]
    return {**record, "entities": kept}
