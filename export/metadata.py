"""Puts TFLITE_METADATA into a .tflite file: what it is, what its tensors mean, and the files that belong to them.

The tables are those of TensorFlow Lite's metadata schema (file identifier M001). Associated files follow the model as
an uncompressed zip archive, where Android's and MediaPipe's readers look for them. Same inputs give the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import flatbuffers
import numpy as np
from flatbuffers import number_types

from common.errors import UserError
from export.flatbuffer import add_buffer, pack, read, schema

NAME = "TFLITE_METADATA"
_IDENTIFIER = b"M001"
# The oldest version of the schema that knows every table written here.
_MIN_PARSER_VERSION = "1.2.1"
_DATE = (1980, 1, 1, 0, 0, 0)  # the zip format's first

# numbers in the schema's enumeration AssociatedFileType and its unions
FileKind = Literal["unknown", "description", "labels", "vocabulary"]
_FILE_KINDS: Mapping[FileKind, int] = {"unknown": 0, "description": 1, "labels": 2, "vocabulary": 5}
_FEATURE_PROPERTIES, _REGEX_TOKENIZER = 1, 6


@dataclass(frozen=True)
class AssociatedFile:
    """A file that travels inside the .tflite file.

    Attributes:
        name: without folders, each name once.
        data: its bytes.
        kind: `labels` has one label a line in the order of the last axis; `vocabulary` is what a tokenizer reads.
        description: in words.
    """

    name: str
    data: bytes
    kind: FileKind = "unknown"
    description: str = ""


@dataclass(frozen=True)
class TensorNote:
    """What one input or output means.

    Attributes:
        description: in words.
        files: what belongs to this tensor.
        tokenizer: a regular expression of what stands between the tokens of a text: the tensor then holds token ids,
            and its only file is the vocabulary. None for other tensors.
    """

    description: str = ""
    files: tuple[AssociatedFile, ...] = ()
    tokenizer: str | None = None


@dataclass(frozen=True)
class Metadata:
    """What a reader of the file alone should know.

    Attributes:
        name, description, version, author, licence: in words.
        inputs, outputs: name in the first signature -> note; tensors without one keep their name.
        files: what belongs to the whole model.
    """

    name: str
    description: str = ""
    version: str = ""
    author: str = ""
    licence: str = ""
    inputs: Mapping[str, TensorNote] = field(default_factory=dict)
    outputs: Mapping[str, TensorNote] = field(default_factory=dict)
    files: tuple[AssociatedFile, ...] = ()


def with_metadata(model_bytes: bytes, metadata: Metadata) -> bytes:
    """The model with metadata and associated files; metadata that was there is replaced.

    Args:
        model_bytes: a .tflite file.
        metadata: about its first subgraph.

    Raises:
        UserError: no TFLite model, a tensor that it does not have, or two different files of one name.
    """
    model = read(model_bytes)
    names = _names(model)
    for given, found in ((metadata.inputs, names[0]), (metadata.outputs, names[1])):
        if unknown := [name for name in given if name not in found]:
            raise UserError(
                f"metadata: expected the tensors {', '.join(found)}, found {', '.join(unknown)}; correct it"
            )
    files = _files(metadata)
    table = np.frombuffer(_metadata_table(metadata, *names), np.uint8)
    entries = {entry.name: entry for entry in model.metadata or ()}
    entry = entries.get(NAME.encode())
    if entry is None:
        entry = schema.MetadataT()
        entry.name, entry.buffer = NAME.encode(), add_buffer(model, table)
        model.metadata = [*(model.metadata or ()), entry]
    model.buffers[entry.buffer].data = table
    data = pack(model)
    if not files:
        return data
    whole = io.BytesIO(data)
    with zipfile.ZipFile(whole, "a", zipfile.ZIP_STORED) as archive:  # offsets count from the model's first byte
        for file in files:
            archive.writestr(zipfile.ZipInfo(file.name, _DATE), file.data)
    return whole.getvalue()


def _names(model: Any) -> tuple[list[str], list[str]]:
    """The first subgraph's inputs and outputs, in its order, as its signature names them."""
    subgraph = model.subgraphs[0]
    named: list[dict[int, str]] = [{}, {}]
    for signature in model.signatureDefs or ():
        if signature.subgraphIndex == 0:
            for names, maps in zip(named, (signature.inputs, signature.outputs), strict=True):
                names.update({int(item.tensorIndex): item.name.decode() for item in maps or ()})
    inputs, outputs = (
        [names.get(int(index), subgraph.tensors[index].name.decode()) for index in tensors]
        for names, tensors in zip(named, (subgraph.inputs, subgraph.outputs), strict=True)
    )
    return inputs, outputs


def _files(metadata: Metadata) -> list[AssociatedFile]:
    notes = [*metadata.inputs.values(), *metadata.outputs.values()]
    found: dict[str, AssociatedFile] = {}
    for file in (*metadata.files, *(file for note in notes for file in note.files)):
        if "/" in file.name or "\\" in file.name or not file.name:
            raise UserError(f"associated file: expected a name without folders, found {file.name!r}; rename it")
        if found.setdefault(file.name, file).data != file.data:
            raise UserError(f"associated files: expected each name once, found {file.name} twice; rename one")
    return [found[name] for name in sorted(found)]


class _Tables:
    """Writes tables of the schema; a field is (slot, kind, value), kind `offset`, `int8` or `uint8`."""

    def __init__(self) -> None:
        self.builder = flatbuffers.Builder(1024)

    def text(self, value: str) -> int | None:
        """A string; absent when empty."""
        return int(self.builder.CreateString(value)) if value else None

    def vector(self, offsets: Sequence[int]) -> int | None:
        """A vector of tables; absent when empty."""
        if not offsets:
            return None
        self.builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self.builder.PrependUOffsetTRelative(offset)
        return int(self.builder.EndVector())

    def table(self, *fields: tuple[int, str, int | None]) -> int:
        """A table of the fields that are present, in the order of their slots."""
        self.builder.StartObject(max((slot for slot, _, _ in fields), default=-1) + 1)
        for slot, kind, value in fields:
            if value is None:
                continue
            if kind == "offset":
                self.builder.PrependUOffsetTRelativeSlot(slot, value, 0)
            else:
                flags = number_types.Int8Flags if kind == "int8" else number_types.Uint8Flags
                self.builder.PrependSlot(flags, slot, value, 0)
        return int(self.builder.EndObject())


def _metadata_table(metadata: Metadata, inputs: Sequence[str], outputs: Sequence[str]) -> bytes:
    """The packed ModelMetadata table; slot numbers follow the schema's order of fields."""
    tables = _Tables()
    described = [
        tables.vector([_tensor(tables, name, given.get(name, TensorNote())) for name in names])
        for names, given in ((inputs, metadata.inputs), (outputs, metadata.outputs))
    ]
    subgraph = tables.table((2, "offset", described[0]), (3, "offset", described[1]))
    root = tables.table(
        (0, "offset", tables.text(metadata.name)),
        (1, "offset", tables.text(metadata.description)),
        (2, "offset", tables.text(metadata.version)),
        (3, "offset", tables.vector([subgraph])),
        (4, "offset", tables.text(metadata.author)),
        (5, "offset", tables.text(metadata.licence)),
        (6, "offset", tables.vector([_file(tables, file) for file in metadata.files])),
        (7, "offset", tables.text(_MIN_PARSER_VERSION)),
    )
    tables.builder.Finish(root, _IDENTIFIER)
    return bytes(tables.builder.Output())


def _tensor(tables: _Tables, name: str, note: TensorNote) -> int:
    """A TensorMetadata table: name, description, content (features), process units, files."""
    content = tables.table((0, "uint8", _FEATURE_PROPERTIES), (1, "offset", tables.table()))
    units = None
    files = tables.vector([_file(tables, file) for file in note.files])
    if note.tokenizer is not None:
        options = tables.table((0, "offset", tables.text(note.tokenizer)), (1, "offset", files))
        units = tables.vector([tables.table((0, "uint8", _REGEX_TOKENIZER), (1, "offset", options))])
        files = None  # a vocabulary belongs to its process unit
    return tables.table(
        (0, "offset", tables.text(name)),
        (1, "offset", tables.text(note.description)),
        (3, "offset", content),
        (4, "offset", units),
        (6, "offset", files),
    )


def _file(tables: _Tables, file: AssociatedFile) -> int:
    return tables.table(
        (0, "offset", tables.text(file.name)),
        (1, "offset", tables.text(file.description)),
        (2, "int8", _FILE_KINDS[file.kind]),
    )
