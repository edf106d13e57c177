"""Metadata inside a .tflite file, read back by hand from the schema's slots."""

import io
import zipfile

import numpy as np
import pytest
from flatbuffers import encode, number_types, packer, table

from common.errors import UserError
from export.convert import Form, convert
from export.flatbuffer import read
from export.metadata import NAME, AssociatedFile, Metadata, TensorNote, with_metadata
from export.runtime import Runtime


@pytest.fixture(scope="module")
def model(bag, make_spec):
    return convert(bag, make_spec(), Form("float32")).data


LABELS = AssociatedFile("labels.txt", b"negative\npositive\n", "labels", "class names")
WORDS = AssociatedFile("words.txt", "<PAD> 0\nétage 2\n".encode(), "vocabulary")
ABOUT = Metadata(
    "a name", "a description", "1.2", "an author", "a licence",
    inputs={"tokens": TensorNote("token ids", (WORDS,), tokenizer="[^a-z]+"), "lengths": TensorNote("how many")},
    outputs={"probabilities": TensorNote("of each class", (LABELS,))},
    files=(AssociatedFile("readme.txt", b"hello"),),
)  # fmt: skip


class Reader:
    """A table of the schema by slot numbers."""

    def __init__(self, data, position):
        self.table = table.Table(data, position)

    def _at(self, slot):
        return self.table.Offset(4 + 2 * slot)

    def text(self, slot):
        at = self._at(slot)
        return self.table.String(self.table.Pos + at).decode() if at else ""

    def number(self, slot):
        at = self._at(slot)
        return self.table.Get(number_types.Uint8Flags, self.table.Pos + at) if at else 0

    def one(self, slot):
        return Reader(self.table.Bytes, self.table.Indirect(self.table.Pos + self._at(slot)))

    def union(self, slot):
        return Reader(self.table.Bytes, self.table.Indirect(self.table.Pos + self._at(slot)))

    def many(self, slot):
        at = self._at(slot)
        if not at:
            return []
        start = self.table.Vector(at)
        return [Reader(self.table.Bytes, self.table.Indirect(start + 4 * i)) for i in range(self.table.VectorLen(at))]


def root_of(data):
    model = read(data)
    (entry,) = [entry for entry in model.metadata if entry.name == NAME.encode()]
    packed = bytes(model.buffers[entry.buffer].data)
    assert packed[4:8] == b"M001"
    return Reader(packed, encode.Get(packer.uoffset, packed, 0))


def test_every_word_and_file_is_read_back(model):
    root = root_of(with_metadata(model, ABOUT))
    assert [root.text(slot) for slot in (0, 1, 2, 4, 5)] == [
        "a name", "a description", "1.2", "an author", "a licence",
    ]  # fmt: skip
    assert [file.text(0) for file in root.many(6)] == ["readme.txt"]
    (subgraph,) = root.many(3)
    inputs, (output,) = {note.text(0): note for note in subgraph.many(2)}, subgraph.many(3)
    assert inputs["lengths"].text(1) == "how many"
    (unit,) = inputs["tokens"].many(4)
    assert unit.number(0) == 6 and unit.union(1).text(0) == "[^a-z]+"
    assert [(file.text(0), file.number(2)) for file in unit.union(1).many(1)] == [("words.txt", 5)]
    assert output.text(0) == "probabilities"
    assert [(file.text(0), file.text(1), file.number(2)) for file in output.many(6)] == [
        ("labels.txt", "class names", 2)
    ]


def test_notes_stand_in_the_order_of_the_models_tensors(model):
    """Readers know a tensor by its place, not by its name."""
    parsed = read(model)
    names = {int(item.tensorIndex): item.name.decode() for item in parsed.signatureDefs[0].inputs}
    expected = [names[int(index)] for index in parsed.subgraphs[0].inputs]
    (subgraph,) = root_of(with_metadata(model, ABOUT)).many(3)
    assert [note.text(0) for note in subgraph.many(2)] == expected


def test_files_follow_as_an_uncompressed_archive_with_fixed_dates(model):
    data = with_metadata(model, ABOUT)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["labels.txt", "readme.txt", "words.txt"]
        assert archive.read("words.txt") == WORDS.data
        for entry in archive.infolist():
            assert (entry.date_time, entry.compress_type) == ((1980, 1, 1, 0, 0, 0), zipfile.ZIP_STORED)
            assert data[entry.header_offset :].startswith(b"PK\x03\x04")


def test_bytes_repeat_and_metadata_is_replaced(model):
    data = with_metadata(model, ABOUT)
    assert with_metadata(model, ABOUT) == data
    assert with_metadata(data, ABOUT) == data
    assert root_of(with_metadata(data, Metadata("another"))).text(0) == "another"


def test_the_model_still_computes_the_same(model):
    inputs = {"tokens": np.arange(24, dtype=np.int32)[None], "lengths": np.array([7], np.int32)}
    before = Runtime(model).invoke(inputs)["probabilities"]
    np.testing.assert_array_equal(Runtime(with_metadata(model, ABOUT)).invoke(inputs)["probabilities"], before)


def test_unknown_tensors_and_clashing_files_are_refused(model):
    with pytest.raises(UserError, match=r"expected the tensors .*tokens.*, found words"):
        with_metadata(model, Metadata("x", inputs={"words": TensorNote("none")}))
    with pytest.raises(UserError, match=r"found labels\.txt twice"):
        with_metadata(model, Metadata("x", files=(LABELS, AssociatedFile("labels.txt", b"other"))))
    with pytest.raises(UserError, match="name without folders"):
        with_metadata(model, Metadata("x", files=(AssociatedFile("../labels.txt", b""),)))
    with pytest.raises(UserError, match="expected a TFLite model"):
        with_metadata(b"nothing at all", ABOUT)
