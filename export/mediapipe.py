"""The lane `mediapipe`: a text classifier as MediaPipe's TextClassifier loads it.

That task runs one subgraph, gives it one int32 row of token ids padded with 0, and reads float scores: so every step
is written out, and `lengths` is counted inside the graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common.app import ExportSpec, InputSpec
from common.errors import UserError
from common.preprocessing.tokenizer import Tokenizer
from common.preprocessing.vocabulary import PAD, UNKNOWN, Vocabulary
from export.convert import Form, Weights, convert
from export.flatbuffer import DTYPES, name_of, read
from export.mediapipe_tokens import PATTERN, MediapipeTokens
from export.metadata import AssociatedFile, Metadata, TensorNote, with_metadata
from export.rows import LENGTHS, signature_name

if TYPE_CHECKING:
    import keras

VOCABULARY_FILE, LABELS_FILE = "mediapipe_vocabulary.txt", "labels.txt"


@dataclass(frozen=True)
class TextTask:
    """What MediaPipe needs to know of a text classifier.

    Attributes:
        tokens: name of the input of token ids.
        timesteps: its length.
        output: name of the output of probabilities.
        labels: class names, in the order of the output.
        vocabulary: words -> ids.
    """

    tokens: str
    timesteps: int
    output: str
    labels: tuple[str, ...]
    vocabulary: Vocabulary

    @property
    def encoder(self) -> MediapipeTokens:
        """Texts to ids as MediaPipe makes them."""
        return MediapipeTokens(self.vocabulary, self.timesteps)


def text_task(spec: ExportSpec, assets: Path) -> TextTask:
    """Reads the text task out of a specification.

    Args:
        spec: of the application.
        assets: the run's preprocessing folder, where the vocabulary lies.

    Raises:
        UserError: the model is no text classifier, or takes what MediaPipe does not give.
    """
    rules = spec.preprocessing
    if rules.get("kind") != "text" or spec.decoder.get("kind") != "softmax" or len(spec.outputs) != 1:
        raise UserError(
            f"--lane mediapipe: expected a text classifier with one output of probabilities, found "
            f"{rules.get('kind')} and {spec.decoder.get('kind')} with {len(spec.outputs)} outputs; use --lane litert"
        )
    sequences = {name: item for name, item in spec.inputs.items() if len(item.shape) == 1 and item.dtype == "int32"}
    others = [name for name in spec.inputs if name not in sequences and name != LENGTHS]
    if len(sequences) != 1 or others:
        found = ", ".join(f"{name} {item.dtype} {list(item.shape)}" for name, item in spec.inputs.items())
        raise UserError(
            "--lane mediapipe: expected one int32 input of token ids, perhaps lengths, which is all that MediaPipe "
            f"fills, found {found}; use --lane litert"
        )
    known = {"tokenizer": Tokenizer().to_json(), "pad_id": PAD, "unknown_id": UNKNOWN}
    if other := [name for name, value in known.items() if rules.get(name) != value]:
        raise UserError(
            f"--lane mediapipe: expected the tokenizer of this version, found another {other[0]} in preprocess.json; "
            "train again or use --lane litert"
        )
    ((tokens, item),) = sequences.items()
    vocabulary = Vocabulary.load(assets / str(rules["vocabulary"]))
    return TextTask(tokens, item.shape[0], spec.outputs[0], tuple(spec.decoder["labels"]), vocabulary)


def to_mediapipe(
    model: keras.Model, spec: ExportSpec, assets: Path, weights: Weights = "int8", about: Metadata | None = None
) -> bytes:
    """A text classifier for MediaPipe: one subgraph, metadata with tokenizer, vocabulary and labels inside.

    Args:
        model: the serving model.
        spec: of the application.
        assets: the run's preprocessing folder.
        weights: as in `export.convert`.
        about: name, description, author, licence; its tensors are replaced.

    Returns:
        The .tflite file; the same inputs give the same bytes.

    Raises:
        UserError: the model does not fit MediaPipe, or cannot be converted without a loop.
    """
    task = text_task(spec, assets)
    alone = ExportSpec(
        {task.tokens: InputSpec((task.timesteps,), "int32")},
        spec.outputs,
        spec.decoder,
        spec.preprocessing,
        spec.assets,
    )
    converted = convert(counting(model, task), alone, Form(weights, loops=False))
    check_form(read(converted.data), task, converted.slow)
    return with_metadata(converted.data, metadata(task, about))


def counting(model: keras.Model, task: TextTask) -> keras.Model:
    """The model with one input of token ids: the last id that is not 0 says the length, an empty text is unknown."""
    import keras
    from keras import ops

    tokens = keras.Input((task.timesteps,), dtype="int32", name=task.tokens)
    places = ops.arange(1, task.timesteps + 1, dtype="int32")[None]  # (1, timesteps)
    real = ops.cast(ops.not_equal(tokens, PAD), "int32")
    lengths = ops.max(ops.multiply(real, places), axis=1)  # (batch,)
    empty = ops.cast(ops.less(lengths, 1), "int32")
    first = ops.cast(ops.less(places, 2), "int32")
    inputs = {
        # no addition: Keras would make it a BiasAdd, which TFLite does not have for integers
        task.tokens: ops.maximum(tokens, ops.multiply(first, ops.expand_dims(ops.multiply(empty, UNKNOWN), 1))),
        LENGTHS: ops.add(lengths, empty),
    }
    outputs = model(keras.tree.map_structure(lambda tensor: inputs[signature_name(tensor.name)], model.input))
    if not isinstance(outputs, Mapping):
        outputs = {task.output: keras.tree.flatten(outputs)[0]}
    return keras.Model(tokens, {task.output: outputs[task.output]}, name="mediapipe")


def check_form(model: Any, task: TextTask, slow: Mapping[str, str]) -> None:
    """Raises UserError unless a `ModelT` is what TextClassifier runs."""
    operators = {name_of(model, operator) for subgraph in model.subgraphs for operator in subgraph.operators}
    if len(model.subgraphs) != 1 or "WHILE" in operators:
        reason = ", ".join(f"{name}: {why}" for name, why in slow.items()) or "a layer of its own"
        raise UserError(
            f"--lane mediapipe: expected one subgraph, no loop, found {len(model.subgraphs)} subgraphs ({reason}); "
            "use a cell with a fast form or --lane litert"
        )
    subgraph = model.subgraphs[0]
    found = [
        (DTYPES[subgraph.tensors[index].type], tuple(map(int, subgraph.tensors[index].shape)))
        for index in (*subgraph.inputs, *subgraph.outputs)
    ]
    wanted = [("int32", (1, task.timesteps)), ("float32", (1, len(task.labels)))]
    if found != wanted:
        raise UserError(f"--lane mediapipe: expected tensors {wanted}, found {found}; use --lane litert")


def metadata(task: TextTask, about: Metadata | None = None) -> Metadata:
    """The metadata that TextClassifier reads; words about the model from `about`."""
    about = about or Metadata("text classifier", "Gives a text the probability of each class.")
    vocabulary = AssociatedFile(VOCABULARY_FILE, task.encoder.file, "vocabulary", "token and id, one a line")
    labels = AssociatedFile(
        LABELS_FILE, "".join(f"{label}\n" for label in task.labels).encode(), "labels", "class names, one a line"
    )
    return Metadata(
        about.name, about.description, about.version, about.author, about.licence,
        {task.tokens: TensorNote("Ids of the text's tokens, padded with 0.", (vocabulary,), PATTERN)},
        {task.output: TensorNote("Probability of each class.", (labels,))},
        about.files,
    )  # fmt: skip
