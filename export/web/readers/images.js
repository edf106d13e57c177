// Images of writing to columns: the width is the time axis (common/preprocessing/images.py).
import { roundEven } from "./python_text.js";
import * as spec from "./specification.js";

/** Rows of grey values. @typedef {number[][]} Image_ */

/** (columns, height) float32 between 0 (paper) and 1 (ink). @param {Image_} image @param {{height: number, maxTimesteps: number}} settings @returns {import("./types.js").Tensor} */
export function encodeImage(image, { height, maxTimesteps }) {
  let [low, high] = [Infinity, -Infinity];
  for (const row of image) for (const value of row) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const range = Math.fround(high - low);
  let grey = image.map((row) => row.map((value) => (range > 0 ? Math.fround(Math.fround(value - low) / range) : 0)));
  const sorted = Float32Array.from(grey.flat()).sort();
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  if (range > 0 && median > 0.5) grey = grey.map((row) => row.map((value) => Math.fround(1 - value))); // paper is what most of it is
  const width = Math.min(Math.max(1, roundEven((image[0].length * height) / image.length)), maxTimesteps);
  const columns = scaled(transposed(scaled(grey, height)), width);
  return { data: Float32Array.from(columns.flat()), shape: [width, height] };
}

/** @param {Image_} image */
const transposed = (image) => image[0].map((_, column) => image.map((row) => row[column]));

/** Scales the first axis: means of the area when shrinking, straight lines when growing. @param {Image_} image @param {number} size @returns {Image_} */
function scaled(image, size) {
  const old = image.length;
  if (size === old) return image;
  if (size > old) {
    return Array.from({ length: size }, (_, i) => {
      const at = Math.min(Math.max(((i + 0.5) * old) / size - 0.5, 0), old - 1);
      const below = Math.min(Math.floor(at), Math.max(0, old - 2));
      const share = at - below;
      const above = image[Math.min(below + 1, old - 1)];
      return image[below].map((value, column) => value * (1 - share) + above[column] * share);
    });
  }
  const sums = [image[0].map(() => 0)];
  image.forEach((row, i) => sums.push(row.map((value, column) => sums[i][column] + value)));
  const integral = Array.from({ length: size + 1 }, (_, i) => {
    const edge = (i * old) / size;
    const whole = Math.min(Math.floor(edge), old - 1);
    return sums[whole].map((sum, column) => sum + (edge - whole) * (sums[whole + 1][column] - sum));
  });
  return integral.slice(1).map((row, i) => row.map((value, column) => (value - integral[i][column]) * (size / old)));
}

/** An image as test vectors hold it. @param {any} raw @returns {Image_} */
export function imageOf(raw) {
  const rows = spec.items({ raw }, "raw").map((row) => spec.numbers({ row }, "row"));
  if (!rows.length || !rows[0].length || rows.some((row) => row.length !== rows[0].length)) {
    throw new spec.ReadingError("expected an image as rows of one length, found others");
  }
  return rows;
}
