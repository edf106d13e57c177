"""Metrics, baselines, answers and pictures from given outputs."""

import numpy as np
import pytest

from apps.handwriting.baselines import baselines
from apps.handwriting.data import load
from apps.handwriting.drawing import draw_alignment
from apps.handwriting.evaluate import compare, evaluate, plots, predict, prediction_rows, score
from apps.handwriting.model import LABELS, PROBABILITIES, SCORES
from apps.handwriting.preprocess import HandwritingPreprocessor, fit_preprocessor
from common.data.splits import TEST, TRAIN, Examples
from common.preprocessing.ink import InkSettings

LINE = HandwritingPreprocessor("line", (" ", "a", "b"), InkSettings())


def outputs_of(texts: list[str]) -> dict[str, np.ndarray]:
    """Scores of a sure recogniser that reads these texts, a blank after each character."""
    frames = 2 * max(map(len, texts)) + 1
    best = np.zeros((len(texts), frames), int)
    labels = np.zeros((len(texts), frames), np.int32)
    for row, text in enumerate(texts):
        known = [LINE.labels.index(c) + 1 for c in text]
        best[row, 1 : 2 * len(text) : 2] = known
        labels[row, : len(text)] = known
    return {SCORES: np.log(np.where(np.eye(4)[best] > 0, 0.97, 0.01)).astype(np.float32), LABELS: labels}


def test_right_answers_have_no_errors_and_little_loss() -> None:
    examples = Examples([None, None], ["ab a", "b"])
    right = score(LINE, examples, outputs_of(["ab a", "b"]))
    wrong = score(LINE, examples, outputs_of(["ab", "a"]))
    assert right["cer"] == right["wer"] == 0
    assert right["line_accuracy"] == 1
    assert wrong["cer"] == pytest.approx(3 / 5)
    assert right["loss"] < 0.3 < wrong["loss"]
    metrics = evaluate(LINE, examples, outputs_of(["ab", "a"]))
    assert metrics["cer"].low <= metrics["cer"].value <= metrics["cer"].high
    assert compare(LINE, examples, outputs_of(["ab a", "b"]), outputs_of(["ab", "a"])).difference.value < 0


def test_an_answer_has_confidence_frames_and_alternatives() -> None:
    answer = predict(LINE, [None], outputs_of(["ab"]))[0]
    assert answer.record["text"] == "ab"
    assert [part["character"] for part in answer.record["characters"]] == ["a", "b"]
    assert answer.record["characters"][1]["frames"] == [3, 4]
    assert answer.record["alternatives"][0]["text"] == "ab"
    assert answer.record["confidence"] == pytest.approx(0.97, abs=1e-3)


def test_the_most_frequent_text_is_the_baseline_of_lines(config, write_iam) -> None:
    splits = load(config(data=str(write_iam())))
    preprocessor = fit_preprocessor(config(), splits[TRAIN], (), ())
    found = baselines(config(), splits, splits[TEST])["most frequent text"]
    rows = prediction_rows(preprocessor, splits[TEST], found)
    assert [row[2] for row in rows[1:]] == ["second line", "second line"]


def test_the_nearest_template_reads_simple_shapes(config, tmp_path) -> None:
    generator = np.random.default_rng(0)
    rows = []
    for label, shape in (("0", [(0, 0), (0, 9)]), ("1", [(0, 0), (9, 0)]), ("2", [(0, 0), (9, 9), (0, 18)])):
        rows += [
            ",".join(f"{v:.2f}" for v in (np.array(shape) + generator.normal(0, 0.3, (len(shape), 2))).ravel())
            + f",{label}"
            for _ in range(40)
        ]
    generator.shuffle(rows)
    (tmp_path / "a.tra").write_text("\n".join(rows * 5) + "\n")
    (tmp_path / "a.tes").write_text("\n".join(rows[:30]) + "\n")
    splits = load(config(data=str(tmp_path)))
    found = baselines(config(), splits, splits[TEST])["nearest template (DTW)"][PROBABILITIES]
    assert (found.argmax(axis=1) == np.array(splits[TEST].targets)).mean() > 0.95


def test_pictures_are_drawn(tmp_path, lines) -> None:
    part = lines.parts[TRAIN]
    examples = Examples(part.inputs[:2], ["ab a", "b"])
    plots(tmp_path, LINE, examples, outputs_of(["ab", "b"]), "SYNTHETIC")
    assert (tmp_path / "confusions.tsv").read_text().startswith("written\trecognised\tcount\n")
    assert len(list(tmp_path.glob("alignment_*.png"))) == 2
    draw_alignment(tmp_path / "dot.png", LINE, (np.array([[3.0, 4.0]]),), outputs_of(["a"])[SCORES][0])
    assert (tmp_path / "dot.png").stat().st_size > 1000
