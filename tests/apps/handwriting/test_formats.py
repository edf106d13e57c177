"""Every other format: read as it is, split honestly, refused with its place where it is wrong."""

import gzip
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from apps.handwriting import formats
from apps.handwriting.data import load
from common.data.ink import inkml, json_strokes
from common.data.ink.files import read_inputs
from common.data.splits import TEST, TRAIN, VALIDATION
from common.errors import UserError

INKML = """<ink xmlns="http://www.w3.org/2003/InkML">
<annotation type="truth">{text}</annotation><annotation type="writer">w{writer}</annotation>
<traceFormat><channel name="X" type="decimal"/><channel name="Y" type="decimal"/><channel name="T"/></traceFormat>
<trace>1 2 0, 3 4 0.1, 5 6 0.2</trace><trace>9 9 1, 8 7 1.1</trace></ink>"""


def digits(rows: int) -> str:
    generator = np.random.default_rng(0)
    return "".join(", ".join(map(str, [*generator.integers(0, 100, 16), row % 10])) + "\n" for row in range(rows))


def test_pendigits_rows_are_characters_with_their_official_test_split(tmp_path, config) -> None:
    (tmp_path / "pendigits.tra").write_text(digits(1000))
    (tmp_path / "pendigits.tes").write_text(digits(60))
    splits = load(config(data=str(tmp_path)))
    assert splits.labels == tuple("0123456789")
    assert (len(splits[TRAIN]), len(splits[VALIDATION]), len(splits[TEST])) == (750, 250, 60)
    assert splits[TEST].inputs[0][0].shape == (8, 2)
    assert (splits[TEST].inputs[0][0][:, 1] <= 0).all(), "y grows downwards"
    # neighbouring rows are of one writer: validation is a whole run of them
    rows = [int(origin.rsplit(":", 1)[1]) for origin in splits[VALIDATION].origins]
    assert max(rows) - min(rows) == 249


@pytest.mark.parametrize("row", ["1,2,3,7", "1,x,2,2,7", "1,nan,7", "1,2,", "7"])
def test_a_bad_row_is_refused_with_its_line(tmp_path, row: str) -> None:
    (tmp_path / "a.tra").write_text(digits(2) + row + "\n")
    with pytest.raises(UserError, match=r"a\.tra:3: expected x1,y1"):
        formats.read(None, str(tmp_path))


def test_inkml_gives_text_writer_and_times(tmp_path, config) -> None:
    for number in range(12):
        (tmp_path / f"{number}.inkml").write_text(INKML.format(text=f"word {number}", writer=number % 4))
    ink, text, writer = inkml.read_inkml(tmp_path / "3.inkml")
    assert (text, writer) == ("word 3", "w3")
    np.testing.assert_allclose(ink[0], [[1, 2, 0], [3, 4, 0.1], [5, 6, 0.2]], atol=1e-6)
    splits = load(config(data=str(tmp_path)))
    numbers = [{int(text.split()[1]) % 4 for text in part.targets} for part in splits.parts.values()]
    assert sum(map(len, numbers)) == 4, "no writer stands in two splits"


def test_inkml_differences_are_resolved() -> None:
    found = inkml.trace_values("10 20, '1 '2, 1 2, \"1 \"0, !50 !60", 2, "a")
    assert found == [[10, 20], [11, 22], [12, 24], [14, 26], [50, 60]]
    assert inkml.trace_values("10-20,1.5+2", 2, "a") == [[10, -20], [1.5, 2]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<html/>", "expected the root element <ink>"),
        ("<ink><trace>1 2 3</trace></ink>", r"trace 1: expected points of 2 numbers, found '1 2 3'"),
        ("<ink><trace>1 x</trace></ink>", "trace 1: expected points of 2 numbers"),
        ("<ink><traceFormat><channel name='X'/></traceFormat></ink>", "expected the channels X and Y, found X"),
        ("<ink><trace>1 2", r"a\.inkml:1: expected well-formed XML"),
        ("<ink><trace></trace></ink>", "expected ink with its text, found none"),
    ],
)
def test_bad_inkml_is_refused_with_its_file(tmp_path, content: str, message: str) -> None:
    (tmp_path / "a.inkml").write_text(content)
    with pytest.raises(UserError, match=message):
        formats.read(None, str(tmp_path))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-999, 999), st.floats(-99, 99, width=16)), min_size=1, max_size=20))
def test_a_written_trace_is_read_back(points: list[tuple[int, float]]) -> None:
    text = ", ".join(f"{x} {y:.4f}" for x, y in points)
    np.testing.assert_allclose(inkml.trace_values(text, 2, "a"), points, atol=1e-4)


def test_json_lines_of_strokes_are_lines_of_text(tmp_path, config, points) -> None:
    for name, count in (("train", 8), ("dev", 3), ("test", 2)):
        rows = [{"strokes": points, "text": f"text {i}", "writer": f"{name}{i}"} for i in range(count)]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    splits = load(config(data=str(tmp_path)))
    assert [len(part) for part in splits.parts.values()] == [8, 3, 2]
    assert splits[TRAIN].targets[0] == "text 0"
    assert splits[TRAIN].origins[1].endswith("train.jsonl:2")


def test_single_characters_make_classes(tmp_path, config, points) -> None:
    rows = [{"strokes": points, "text": "ab"[i % 2]} for i in range(20)]
    (tmp_path / "train.json").write_text(json.dumps(rows))
    splits = load(config(data=str(tmp_path)))
    assert splits.labels == ("a", "b")
    assert set(splits[TRAIN].targets) == {0, 1}


def test_examples_without_text_or_ink_are_left_out_and_told(tmp_path, points) -> None:
    rows = [{"strokes": points, "text": "a"}, {"strokes": points}, {"strokes": [[]], "text": "b"}]
    (tmp_path / "train.json").write_text(json.dumps(rows))
    found = formats.read(None, str(tmp_path))
    assert len(found.parts[TRAIN]) == 1
    assert "2 examples of train without text or ink left out" in found.notes[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            '{"strokes": [[[0, 0], [1, NaN]]], "text": "a"}',
            r"expected finite coordinates, found \[1\.0, nan\] at point 2",
        ),
        ('{"strokes": [[[0], [1]]], "text": "a"}', "expected points .x, y. or"),
        ('{"strokes": [[[0, 0], [1]]], "text": "a"}', "of one kind"),
        ('{"strokes": 3}', "expected .* found"),
        ('{"strokes": [[[0, 0]]\n{}', r"train\.jsonl:1: expected JSON"),
        ('{"strokes": [[["a", "b"]]], "text": "a"}', "of one kind"),
    ],
)
def test_bad_json_strokes_are_refused(tmp_path, content: str, message: str) -> None:
    (tmp_path / "train.jsonl").write_text(content)
    with pytest.raises(UserError, match=message):
        formats.read(None, str(tmp_path))


def test_one_point_and_bare_strokes_are_ink() -> None:
    assert json_strokes.parse("[[[4, 5]]]", "a")[0][0][0].tolist() == [[4, 5]]
    assert len(read_inputs("[[[1,1]]]\n[[[2,2]],[[3,3]]]", False)) == 2
    with pytest.raises(UserError, match="found none; write something"):
        read_inputs("[[]]", True)


@pytest.mark.parametrize("packed", [True, False])
def test_idx_images_with_labels(tmp_path, config, idx, packed: bool) -> None:
    images = np.random.default_rng(0).integers(0, 255, (40, 6, 5)).astype(np.uint8)
    labels = (np.arange(40) % 10).astype(np.uint8)
    for part in ("train", "t10k"):
        for name, array in (("images-idx3", images), ("labels-idx1", labels)):
            raw = gzip.compress(idx(array)) if packed else idx(array)
            (tmp_path / f"{part}-{name}-ubyte{'.gz' if packed else ''}").write_bytes(raw)
    splits = load(config(data=str(tmp_path)))
    assert splits.labels == tuple("0123456789")
    np.testing.assert_array_equal(splits[TEST].inputs[7], images[7])
    assert splits[TEST].targets[:3] == [0, 1, 2]


def test_emnist_is_turned_and_named_by_its_mapping(tmp_path, idx) -> None:
    image = np.zeros((1, 4, 4), np.uint8)
    image[0, 0, 3] = 9
    (tmp_path / "emnist-letters-train-images-idx3-ubyte").write_bytes(idx(image))
    (tmp_path / "emnist-letters-train-labels-idx1-ubyte").write_bytes(idx(np.array([2], np.uint8)))
    (tmp_path / "emnist-letters-mapping.txt").write_text("1 65 97\n2 66 98\n")
    part = formats.read(None, str(tmp_path)).parts[TRAIN]
    assert part.targets == ["B"]
    assert part.inputs[0][3, 0] == 9


@pytest.mark.parametrize("harm", ["cut", "header", "count"])
def test_bad_idx_files_are_refused(tmp_path, idx, harm: str) -> None:
    raw = idx(np.zeros((3, 4, 4), np.uint8))
    raw = {"cut": raw[:-1], "header": b"PNG" + raw[3:], "count": raw}[harm]
    (tmp_path / "train-images-idx3-ubyte").write_bytes(raw)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(np.zeros(2 if harm == "count" else 3, np.uint8)))
    with pytest.raises(UserError, match=r"bytes after the header|expected an idx file|expected 3 labels, found 2"):
        formats.read(None, str(tmp_path))


def test_a_folder_of_pictures_with_its_table(tmp_path, config) -> None:
    for number in range(6):
        Image.fromarray(np.full((8, 20), 40 * number, np.uint8)).save(tmp_path / f"{number}.png")
    rows = [f"{n}.png\tword {n}\t{split}\tw{n}" for n, split in enumerate(["train"] * 4 + ["dev", "test"])]
    (tmp_path / "labels.tsv").write_text("file\ttext\tsplit\twriter\n" + "\n".join(rows).replace("dev", "val") + "\n")
    splits = load(config(data=str(tmp_path)))
    assert [len(part) for part in splits.parts.values()] == [4, 1, 1]
    assert splits[TRAIN].inputs[2].shape == (8, 20)
    assert splits[TEST].targets == ["word 5"]


@pytest.mark.parametrize("name", ["../x.png", "absent.png", "broken.png"])
def test_bad_pictures_are_refused(tmp_path, name: str) -> None:
    (tmp_path / "in").mkdir()
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / "x.png")
    (tmp_path / "in/broken.png").write_bytes(b"no picture")
    (tmp_path / "in/labels.tsv").write_text(f"file\ttext\n{name}\ta\n")
    with pytest.raises(UserError, match=r"labels\.tsv:2: expected an image inside|as an image"):
        formats.read(None, str(tmp_path / "in"))


@pytest.mark.parametrize("source", ["", "/no/such/place"])
def test_a_missing_source_is_refused(source: str) -> None:
    with pytest.raises(UserError, match="expected `sample`, `tfds:NAME` or a path"):
        formats.read(None, source)
