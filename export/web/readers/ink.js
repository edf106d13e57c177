// Pen ink to features (common/preprocessing/ink.py; common/data/ink/json_strokes.py and strokes.py).
import { roundEven, splitLines, strip } from "./python_text.js";
import * as spec from "./specification.js";

/** One run of points: `first` is true where a stroke starts. @typedef {{x: Float64Array, y: Float64Array, first: boolean[], time: Float64Array}} Pen */
/** Strokes of [x, y] or [x, y, time], y growing downwards. @typedef {number[][][]} Ink */
/** @typedef {{step: number, scaleBy: string, deskew: boolean, deslant: boolean, time: boolean, maxTimesteps: number}} InkSettings */

const FEATURES = ["asinh_dx", "asinh_dy", "cosine", "sine", "stroke_start", "stroke_end", "y", "asinh_beyond"];
const LINE_SHAPE = 4;
const ROUNDING = 1e-9; // sums are added up in another order in Python
const FLATTEST = 0.02;

/** Checks strokes; numbers become float32, time counts from the first point. @param {any} strokes @returns {Ink} */
export function inkOf(strokes) {
  if (!Array.isArray(strokes)) throw new spec.ReadingError("expected strokes [[[x, y], ...], ...], found others");
  const found = strokes.filter((stroke) => !(Array.isArray(stroke) && stroke.length === 0));
  for (const stroke of found) {
    const size = Array.isArray(stroke) && Array.isArray(stroke[0]) ? stroke[0].length : 0;
    const good = (size === 2 || size === 3) && stroke.every((/** @type {any} */ p) => Array.isArray(p) && p.length === size && p.every(Number.isFinite));
    if (!good) throw new spec.ReadingError("expected points [x, y] or [x, y, time] of finite numbers, found others");
  }
  const columns = Math.min(3, ...found.map((stroke) => stroke[0].length));
  const start = columns === 3 && found.length ? found[0][0][2] : 0;
  return found.map((stroke) =>
    stroke.map((/** @type {number[]} */ point) =>
      point.slice(0, columns).map((value, column) => Math.fround(column === 2 ? value - start : value)),
    ),
  );
}

/** The inks of JSON strokes; one document or one a line. @param {string} text @returns {Ink[]} */
export function readInk(text) {
  if (strip(text) === "") return [];
  let values;
  try {
    const whole = JSON.parse(text);
    values = Array.isArray(whole) && whole.length && !Array.isArray(whole[0]) ? whole : [whole];
  } catch {
    values = splitLines(text).flatMap((line, number) => (strip(line) === "" ? [] : [parsedLine(line, number + 1)]));
  }
  return values.map((value) => {
    const ink = inkOf(Array.isArray(value) ? value : spec.field(value, "strokes"));
    if (!ink.length) throw new spec.ReadingError("expected strokes with at least one point, found none");
    return ink;
  });
}

/** @param {string} line @param {number} number */
function parsedLine(line, number) {
  try {
    return JSON.parse(line);
  } catch {
    throw new spec.ReadingError(`line ${number}: expected strokes [[[x, y], ...], ...] as JSON, found ${JSON.stringify(line.slice(0, 30))}`);
  }
}

/** @param {any} values @returns {InkSettings} */
export function inkSettings(values) {
  const settings = {
    step: spec.number(values, "step", 1e-6, 1e6),
    scaleBy: spec.text(values, "scale_by", "height", "size"),
    deskew: spec.flag(values, "deskew"),
    deslant: spec.flag(values, "deslant"),
    time: spec.flag(values, "time"),
    maxTimesteps: spec.whole(values, "max_timesteps", 1, 1 << 20),
  };
  const wanted = settings.time ? [...FEATURES, "log_duration"] : FEATURES;
  if (spec.texts(values, "features").join() !== wanted.join()) {
    throw new spec.ReadingError("features: expected those of this version, found others");
  }
  return settings;
}

/** @param {Ink} strokes @returns {Pen} */
function penOf(strokes) {
  const filled = strokes.filter((stroke) => stroke.length);
  const points = filled.flat();
  const timed = filled.every((stroke) => stroke[0].length > 2);
  let latest = -Infinity;
  return {
    x: Float64Array.from(points, (point) => point[0]),
    y: Float64Array.from(points, (point) => point[1]),
    first: filled.flatMap((stroke) => stroke.map((_, place) => place === 0)),
    time: Float64Array.from(points, (point) => (timed ? (latest = Math.max(latest, point[2])) : 0)),
  };
}

/** (timesteps, features) of some ink. @param {Ink} strokes @param {InkSettings} settings @returns {import("./types.js").Tensor} */
export function encodeInk(strokes, settings) {
  return features(resample(normalise(penOf(strokes), settings), settings.step, settings.maxTimesteps), settings);
}

/** Level, upright where asked, of unit size; x starts at 0 and the mean of y is 0. @param {Pen} pen @param {InkSettings} settings @returns {Pen} */
function normalise(pen, settings) {
  let x = pen.x.map((value) => value - pen.x[0]);
  let y = pen.y.map((value) => value - pen.y[0]);
  let largest = 0;
  for (let i = 0; i < x.length; i += 1) largest = Math.max(largest, Math.abs(x[i]), Math.abs(y[i]));
  if (largest > 0) {
    x = x.map((value) => value / largest);
    y = y.map((value) => value / largest);
  }
  if (settings.deskew) {
    const { xx, xy, yy } = moments(x, y, pen.first);
    if (xx > LINE_SHAPE ** 2 * yy) {
      const angle = Math.atan2(2 * xy, xx - yy) / 2;
      const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
      const turned = x.map((value, i) => value * cosine + y[i] * sine);
      y = y.map((value, i) => value * cosine - x[i] * sine);
      x = turned;
    }
  }
  if (settings.deslant) {
    const shear = slant(x, y, pen.first);
    x = x.map((value, i) => value - y[i] * shear);
  }
  const { meanY, xx, yy } = moments(x, y, pen.first);
  const [width, height] = [Math.sqrt(xx), Math.sqrt(yy)];
  const size = settings.scaleBy === "height" ? Math.max(height, FLATTEST * width) : Math.max(width, height);
  const unit = size > 1e-9 ? size : 1;
  const origin = x[0];
  return { ...pen, x: x.map((value) => (value - origin) / unit), y: y.map((value) => (value - meanY) / unit) };
}

/** @param {Float64Array} x @param {Float64Array} y @param {boolean[]} first */
function slant(x, y, first) {
  let [above, below] = [0, 0];
  for (let i = 1; i < x.length; i += 1) {
    const [dx, dy] = [x[i] - x[i - 1], y[i] - y[i - 1]];
    if (first[i] || Math.abs(dy) <= Math.abs(dx)) continue;
    const length = Math.hypot(dx, dy);
    above += (dx * dy) / length;
    below += (dy * dy) / length;
  }
  return below ? above / below : 0;
}

/** Mean and covariance of the positions along the ink. @param {Float64Array} x @param {Float64Array} y @param {boolean[]} first */
function moments(x, y, first) {
  let [total, meanX, meanY] = [0, 0, 0];
  const length = x.map((value, i) => (i === 0 || first[i] ? 0 : Math.hypot(value - x[i - 1], y[i] - y[i - 1])));
  for (let i = 1; i < x.length; i += 1) {
    total += length[i];
    meanX += length[i] * (x[i - 1] + x[i]);
    meanY += length[i] * (y[i - 1] + y[i]);
  }
  let [xx, xy, yy] = [0, 0, 0];
  if (total <= 0) {
    // dots only
    const n = x.length;
    [meanX, meanY] = [x.reduce((a, b) => a + b, 0) / n, y.reduce((a, b) => a + b, 0) / n];
    for (let i = 0; i < n; i += 1) {
      xx += (x[i] - meanX) ** 2 / n;
      xy += ((x[i] - meanX) * (y[i] - meanY)) / n;
      yy += (y[i] - meanY) ** 2 / n;
    }
    return { meanY, xx, xy, yy };
  }
  [meanX, meanY] = [meanX / (2 * total), meanY / (2 * total)];
  for (let i = 1; i < x.length; i += 1) {
    const [ax, ay, bx, by] = [x[i - 1] - meanX, y[i - 1] - meanY, x[i] - meanX, y[i] - meanY];
    xx += length[i] * (2 * ax * ax + 2 * ax * bx + 2 * bx * bx);
    xy += length[i] * (2 * ax * ay + ax * by + bx * ay + 2 * bx * by);
    yy += length[i] * (2 * ay * ay + 2 * ay * by + 2 * by * by);
  }
  return { meanY, xx: xx / (6 * total), xy: xy / (6 * total), yy: yy / (6 * total) };
}

/** Points at equal distances along each stroke, its two ends kept. @param {Pen} pen @param {number} step @param {number} most @returns {Pen} */
function resample(pen, step, most) {
  const all = [...pen.first.keys()].filter((i) => pen.first[i]);
  const starts = all.slice(0, most);
  const ends = starts.map((_, i) => all[i + 1] ?? pen.x.length);
  const travelled = new Float64Array(pen.x.length);
  for (let i = 0, way = 0; i < travelled.length; i += 1) {
    way += pen.first[i] ? 1 : Math.hypot(pen.x[i] - pen.x[i - 1], pen.y[i] - pen.y[i - 1]);
    travelled[i] = way;
  }
  const lengths = starts.map((start, i) => travelled[ends[i] - 1] - travelled[start]);
  let pieces = lengths.map((length) => roundEven(length / step));
  if (pieces.reduce((a, b) => a + b, 0) + pieces.length > most) {
    const room = Math.max(0, most - pieces.length);
    const share = room / lengths.reduce((a, b) => a + b, 0);
    pieces = lengths.map((length) => Math.floor(length * share + ROUNDING));
  }
  /** @type {number[]} */
  const wanted = [];
  /** @type {boolean[]} */
  const first = [];
  pieces.forEach((count, stroke) => {
    for (let number = 0; number <= count; number += 1) {
      wanted.push(travelled[starts[stroke]] + (count > 0 ? number / count : 0.5) * lengths[stroke]);
      first.push(number === 0);
    }
  });
  /** @param {Float64Array} values */
  const along = (values) => Float64Array.from(wanted, (at) => interpolate(at, travelled, values));
  return { x: along(pen.x), y: along(pen.y), first, time: along(pen.time) };
}

/** np.interp @param {number} at @param {Float64Array} places @param {Float64Array} values */
function interpolate(at, places, values) {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle] <= at) low = middle + 1;
    else high = middle;
  }
  const below = low - 1;
  if (below < 0) return values[0];
  if (below >= places.length - 1 || places[below] === at) return values[below];
  return ((values[below + 1] - values[below]) / (places[below + 1] - places[below])) * (at - places[below]) + values[below];
}

/** @param {Pen} pen @param {InkSettings} settings @returns {import("./types.js").Tensor} */
function features({ x, y, first, time }, settings) {
  const columns = FEATURES.length + (settings.time ? 1 : 0);
  const data = new Float32Array(x.length * columns);
  const durations = settings.time ? logDurations(time) : [];
  let [earlier, rightmost] = [x[0], x[0]];
  for (let i = 0; i < x.length; i += 1) {
    const last = i + 1 === x.length || first[i + 1];
    const [dx, dy] = i === 0 ? [0, 0] : [x[i] - x[i - 1], y[i] - y[i - 1]];
    let [hx, hy] = [dx, dy];
    if (first[i]) [hx, hy] = last ? [0, 0] : [x[i + 1] - x[i], y[i + 1] - y[i]];
    const norm = Math.max(Math.hypot(hx, hy), 1e-9);
    if (first[i] && i > 0) earlier = rightmost;
    rightmost = i === 0 ? x[0] : Math.max(rightmost, x[i]);
    const row = [Math.asinh(dx), Math.asinh(dy), hx / norm, hy / norm, first[i] ? 1 : 0, last ? 1 : 0, y[i], Math.asinh(x[i] - earlier)];
    if (settings.time) row.push(durations[i]);
    data.set(row, i * columns);
  }
  return { data, shape: [x.length, columns] };
}

/** @param {Float64Array} time */
function logDurations(time) {
  const durations = Array.from(time, (now, i) => (i === 0 ? 0 : now - time[i - 1]));
  const positive = durations.filter((value) => value > 0).sort((a, b) => a - b);
  if (!positive.length) return durations.map(() => 0);
  const middle = positive.length >> 1;
  const typical = positive.length % 2 ? positive[middle] : (positive[middle - 1] + positive[middle]) / 2;
  return durations.map((value) => Math.min(3, Math.max(-3, Math.log(Math.max(value, 1e-3 * typical) / typical))));
}
