// Ink, or images column by column (common/preprocessing/writing_encoder.py).
import { encodeImage, imageOf } from "./images.js";
import { encodeInk, inkOf, inkSettings, readInk } from "./ink.js";
import * as spec from "./specification.js";

/** @param {any} values preprocess.json @returns {import("./types.js").Reader} */
export function writingReader(values) {
  const kind = spec.text(values, "kind", "ink", "image");
  spec.text(values, "task", "line", "character");
  spec.texts(values, "labels");
  const given = spec.field(values, kind);
  if (kind === "ink") {
    const settings = inkSettings(given);
    return {
      kind,
      readText: (text) => readInk(text),
      fromJson(raw) {
        const ink = inkOf(raw);
        if (!ink.length) throw new spec.ReadingError("expected strokes with at least one point, found none");
        return ink;
      },
      encode: (ink) => withLength("ink", encodeInk(ink, settings)),
    };
  }
  const settings = { height: spec.whole(given, "height", 1, 4096), maxTimesteps: spec.whole(given, "max_timesteps", 1, 1 << 20) };
  return {
    kind,
    readText: () => {
      throw new spec.ReadingError("expected an image, found a text");
    },
    fromJson: imageOf,
    encode: (image) => withLength("columns", encodeImage(image, settings)),
  };
}

/** @param {string} name @param {import("./types.js").Tensor} tensor @returns {import("./types.js").Tensors} */
const withLength = (name, tensor) => ({ [name]: tensor, lengths: { data: [tensor.shape[0]], shape: [] } });
