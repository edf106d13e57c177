"""`make verify-web`: the JavaScript readers and the page against Python, in Node and in headless Chromium.

    python -m benchmarks.verify_web [--pictures DIR] [BUNDLE...]

Without bundles it trains a small model of each application on its synthetic sample and keeps the bundles in
.cache/verify-web/. Every program that it starts is bounded in time.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from export.answers import Answerer, open_bundle
from export.replay import check_alike
from export.web_runtime import fetch_runtime
from tests.apps.bundle_checks import write_input

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "export" / "web"
CACHE = ROOT / ".cache" / "verify-web"
# large enough to be worth looking at, small enough for minutes on one core
MODELS = {
    "sentiment": (
        "--sample-size 4000 --epochs 8 --batch-size 32 --learning-rate 0.003 --dropout 0.3 --ema 0 --convolution 96 "
        "--max-length 64 --ngram-buckets 32768"
    ),
    "ner": (
        "--sample-size 3000 --epochs 6 --batch-size 16 --embedding 24 --form-embedding 8 --character-embedding 12 "
        "--character-units 16 --units 32 --max-length 48 --learning-rate 0.01 --dropout 0.3 --ema 0.9"
    ),
    "handwriting": (
        "--sample-size 2500 --epochs 14 --batch-size 24 --convolution 32 --units 48 --layers 1 --max-timesteps 320 "
        "--ema 0.9 --learning-rate 0.01 --dropout 0.1 --augment 0.5"
    ),
    "stock": (
        "--sample-days 1500 --sample-tickers 5 --window 32 --epochs 8 --batch-size 64 --units 8 --ensemble 2 --ema 0.9"
    ),
    "dna": (
        "--sample-size 2000 --sample-length 60 --epochs 10 --batch-size 32 --filters 24 --kmer 3 --second-filters 16 "
        "--units 12 --ema 0.9"
    ),
}
SENTIMENTS = ("not good at all \U0001f600, really cafe\u0301", "the film was slow but the ending was brilliant")
NAMES = (
    "\u05e9\u05dc\u05d5\u05dd \U0001f44d Dr. Lee left. \U0001d538nna met Cafe\u0301 Corp.",
    "Ann Kalara flew to New Osmir on Monday. She met the board of Norvik Bank!",
)
BASES = "ACGT"


def run(command: list[str], seconds: int) -> None:
    """A program that must end well, in time."""
    print("$", " ".join(command), flush=True)
    subprocess.run(command, cwd=ROOT, check=True, timeout=seconds)


def small_models() -> list[Path]:
    """A bundle of each application; those that are there already are kept."""
    unroll = [sys.executable, "-m", "apps"]
    for app, flags in MODELS.items():
        if not (CACHE / app / "manifest.json").is_file():
            shutil.rmtree(CACHE / f"run-{app}", ignore_errors=True)
            run([*unroll, "train", app, "--run-dir", str(CACHE / f"run-{app}"), *flags.split()], 1800)
            run([*unroll, "export", str(CACHE / f"run-{app}"), "--output", str(CACHE / app), "--examples", "40"], 600)
    return [CACHE / app for app in MODELS]


def best_written(answerer: Answerer) -> Any:
    """The raw ink of the test vector that the model is surest of, of a text of five characters and more if there is."""
    vectors = json.loads((answerer.bundle.folder / "testvectors.json").read_text())["vectors"]

    def merit(vector: Any) -> tuple[bool, float]:
        decoded = vector["decoded"]
        return len(decoded["text"]) >= 5, decoded.get("confidence", decoded.get("probability"))

    return max(vectors, key=merit)["raw"]


def mutagenesis(answerer: Answerer, text: str, label: str) -> np.ndarray:
    """What the page shows of a sequence that the model reads whole: the mean fall of the log odds, base by base."""
    (record,) = answerer.read_text(text)
    letters, variants = record.sequence, [record]
    for place, letter in enumerate(letters):
        variants += [
            type(record)("", letters[:place] + base + letters[place + 1 :]) for base in BASES if base != letter
        ]
    shares = answerer.runtime.run(answerer.encode(variants))[answerer.bundle.decoder["output"]].astype(np.float64)
    own = answerer.bundle.decoder["labels"].index(label)
    odds = np.log(np.maximum(shares[:, own], 1e-30)) - np.log(np.maximum(np.delete(shares, own, 1).sum(1), 1e-30))
    return odds[0] - odds[1:].reshape(len(letters), 3).mean(axis=1)


def compare(results: Any, answerers: dict[str, Answerer], plan: Any) -> None:
    """The page's answers against Python's, with the tolerance that the bundle's own vectors are checked with."""
    assert results["errors"] == [], results["errors"]
    assert results["external"] == [], results["external"]
    assert results["contrast"] == [], "\n".join(results["contrast"])
    found = results["answers"]

    def bound(kind: str) -> float:
        told = json.loads((answerers[kind].bundle.folder / "testvectors.json").read_text())
        return 20 * float(told["tolerance"]["max_absolute"])

    text = answerers["text"]
    for given, shown in zip(plan["sentiment"], found["sentiment"], strict=True):
        record = text([given])[0].record
        assert shown["label"] == record["label"]
        assert abs(float(shown["probability"]) - record["probability"]) <= bound("text")
    words = answerers["words"]
    for given, shown in zip(plan["entities"], found["entities"], strict=True):
        expected = [entity for answer in words(words.read_text(given, False)) for entity in answer.record["entities"]]
        assert json.loads(shown["entities"]) == expected
    writing = answerers["ink"]
    drawn = writing.from_json(found["handwriting"]["drawn"])
    assert found["handwriting"]["text"] == writing([drawn])[0].record["text"], found["handwriting"]
    prices = answerers["daily_prices"]
    histories = prices.read_path(Path(plan["csv"]))
    check_alike(found["forecast"], [answer.record for answer in prices(histories)], bound("daily_prices"), "forecast")
    dna = answerers["nucleotides"]
    record = dna(dna.read_text(plan["sequence"]))[0].record
    assert found["dna"]["label"] == record["label"]
    assert abs(float(found["dna"]["probability"]) - record["probability"]) <= bound("nucleotides")
    expected = mutagenesis(dna, plan["sequence"], record["label"])
    np.testing.assert_allclose(found["dna"]["importance"], expected, atol=bound("nucleotides") * 10)
    assert results["touch"] == "1"
    assert results["sideways"] <= 0, "the page is wider than a phone"
    names = {stop["name"] for stop in results["keyboard"]}
    assert {"Skip to the model", "Sentiment", "entities-text"} <= names, names
    assert all(stop["ring"] for stop in results["keyboard"]), results["keyboard"]
    assert results["notInstallable"] == [], results["notInstallable"]
    assert results["offline"]["label"] == text([plan["sentiment"][0]])[0].record["label"]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("bundles", nargs="*", type=Path)
    parser.add_argument("--pictures", type=Path, help="(default docs/images/ without bundles, else .cache/)")
    options = parser.parse_args()
    pictures = options.pictures or (CACHE / "pictures" if options.bundles else ROOT / "docs" / "images")
    runtime = ROOT / ".cache" / "web-runtime"
    fetch_runtime(runtime)
    bundles = options.bundles or small_models()
    run(["node", str(WEB / "verify" / "replay.mjs"), *map(str, bundles)], 120)
    answerers: dict[str, Answerer] = {}
    for folder in bundles:
        answerer = open_bundle(folder)
        answerers.setdefault(str(answerer.bundle.preprocessing["kind"]), answerer)
    missing = {"text", "words", "ink", "daily_prices", "nucleotides"} - set(answerers)
    assert not missing, f"expected a bundle for every screen, found none for {', '.join(sorted(missing))}"
    served = [sys.executable, "-m", "apps", "serve", *map(str, bundles), "--port", "0", "--runtime", str(runtime)]
    with tempfile.TemporaryDirectory() as scratch:
        csv = write_input("stock", Path(scratch))
        plan = {
            "profile": f"{scratch}/profile", "chromium": shutil.which("chromium"), "pictures": str(pictures),
            "sentiment": SENTIMENTS, "entities": NAMES, "ink": best_written(answerers["ink"]), "csv": str(csv),
            "tickers": [window.name for window in answerers["daily_prices"].read_path(csv)],
            "sequence": json.loads((answerers["nucleotides"].bundle.folder / "testvectors.json").read_text())
            ["vectors"][0]["raw"]["sequence"],
        }  # fmt: skip
        pictures.mkdir(parents=True, exist_ok=True)
        server = subprocess.Popen(served, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            plan["url"] = next(word for word in server.stdout.readline().split() if word.startswith("http"))
            (Path(scratch) / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
            files = [f"{scratch}/plan.json", f"{scratch}/results.json"]
            run(["node", str(WEB / "verify" / "browser.mjs"), *files], 600)
            results = json.loads(Path(files[1]).read_text(encoding="utf-8"))
        finally:
            server.terminate()
            server.wait(timeout=20)
        compare(results, answerers, plan)
    print(f"verified in {results['agent']}; read from the canvas: {results['answers']['handwriting']['text']!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
