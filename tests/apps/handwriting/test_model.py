"""The recogniser: padding never matters, and without looking ahead nothing looks ahead."""

import keras
import numpy as np
import pytest

from apps.handwriting.model import PROBABILITIES, SCORES, build
from apps.handwriting.preprocess import HandwritingPreprocessor
from common.data.ragged import joined
from common.preprocessing.images import ImageSettings
from common.preprocessing.ink import InkSettings

SMALL = {"convolution": 6, "units": 5, "layers": 2}
LINE = HandwritingPreprocessor("line", ("a", "b", "c"), InkSettings())
DIGIT = HandwritingPreprocessor("character", ("0", "1"), ImageSettings(10))


def ink(timesteps: int, features: int = 8) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(1, timesteps, features)).astype(np.float32)


def run(model: keras.Model, values: np.ndarray, length: int, name: str = "ink") -> dict[str, np.ndarray]:
    return model.predict({name: values, "lengths": np.array([length], np.int32)}, verbose=0)


@pytest.mark.parametrize("subsampling", ["1", "2", "auto"])
def test_padding_does_not_matter(config, subsampling: str) -> None:
    model = build(config(subsampling=subsampling, **SMALL), LINE).serving
    stride = 4 if subsampling == "auto" else int(subsampling)
    short = run(model, ink(21), 21)[SCORES]
    padded = np.concatenate([ink(21), np.full((1, 19, 8), 7, np.float32)], axis=1)
    long = run(model, padded, 21)[SCORES]
    frames = -(-21 // stride)
    assert short.shape[1] == frames
    np.testing.assert_allclose(long[:, :frames], short, atol=1e-5)
    assert (long[:, frames:, 0] == 0).all(), "certain blanks"


def test_without_looking_ahead_later_ink_changes_nothing_before(config) -> None:
    values = ink(40)
    other = values.copy()
    other[:, 24:] = 3.0
    for bidirectional, equal in ((False, True), (True, False)):
        model = build(config(bidirectional=bidirectional, **SMALL), LINE).serving
        one, two = (run(model, v, 40)[SCORES][:, :6] for v in (values, other))  # frame t has seen points up to 4 t
        assert np.allclose(one, two, atol=1e-6) == equal


def test_a_character_has_one_answer(config) -> None:
    model = build(config(**SMALL), DIGIT).serving
    found = run(model, ink(12, 10), 12, "columns")[PROBABILITIES]
    assert found.shape == (1, 2)
    np.testing.assert_allclose(found.sum(), 1, rtol=1e-5)


def test_training_learns_to_tell_shapes_apart(config) -> None:
    from apps.handwriting.evaluate import score
    from common.data.batches import TrainingBatches
    from common.data.splits import Examples
    from common.training import compiled, keras_runner

    keras.utils.set_random_seed(0)
    generator = np.random.default_rng(0)
    shapes = [np.array([(0, 0), (1, 9), (0, 18)]), np.array([(0, 0), (9, 1), (18, 0)])]
    targets = [row % 2 for row in range(80)]
    examples = Examples([(shapes[t] + generator.normal(0, 0.5, (3, 2)),) for t in targets], targets)
    settings = config(batch_size=16, epochs=12, learning_rate=0.01, dropout=0.0, convolution=6, units=8, layers=1)
    preprocessor = HandwritingPreprocessor("character", ("0", "1"), InkSettings(0.2, "size", deskew=False))
    models = build(settings, preprocessor)
    encoded = joined(preprocessor.encode_training(examples)), preprocessor.encode_targets(targets)
    batches = TrainingBatches(*encoded, 16, 0, models.augment)
    compiled(models, settings, batches)
    for batches.epoch in range(settings.epochs):
        models.training.fit(batches.dataset(), shuffle=False, verbose=0)
    found = score(preprocessor, examples, keras_runner(models.serving)(preprocessor.encode(examples.inputs)))
    assert found["accuracy"] > 0.95, found


def test_read_live_a_frame_at_a_time_gives_what_the_whole_line_gives(config) -> None:
    from apps.handwriting.app import export_spec
    from apps.handwriting.model import BEST
    from export.convert import Form, convert
    from export.runtime import Runtime, Stepper

    live = config(bidirectional=False, convolution=0, units=5, layers=2, max_timesteps=16)
    line = HandwritingPreprocessor("line", ("a", "b", "c"), InkSettings(max_timesteps=16))
    spec = export_spec(live, line)
    assert spec.outputs == (SCORES, BEST) and spec.decoder["collapsed"] is False
    data = convert(build(live, line).serving, spec, Form("float32", step=True)).data
    values = ink(16)
    whole = Runtime(data, spec.inputs).invoke({"ink": values, "lengths": np.array([16], np.int32)})
    stepper = Stepper(data)
    rest = {name: np.zeros(shape, dtype) + 1 for name, (shape, dtype) in stepper.inputs.items() if name != "ink"}
    for step in range(16):
        found = stepper.step({"ink": values[:, step : step + 1], **{n: v.astype("int32") for n, v in rest.items()}})
        np.testing.assert_allclose(found[SCORES][:, 0], whole[SCORES][:, step], atol=1e-5)
        assert found[BEST][0, 0] == whole[BEST][0, step]
