// CTC scores to the text that was written (common/decoding/transcription.py, ctc.py, beam.py); class 0 is the blank.
import { rounded } from "./python_text.js";
import * as spec from "./specification.js";

/** @param {number} first @param {number} second the logarithm of the sum of two probabilities given by theirs */
function add(first, second) {
  const [high, low] = first < second ? [second, first] : [first, second];
  return low === -Infinity ? high : high + Math.log1p(Math.exp(low - high));
}

/** The likeliest label sequences, best first. @param {number[][]} frames log-probabilities @param {number} width @param {number} least @returns {{labels: number[], score: number}[]} */
export function prefixBeamSearch(frames, width, least) {
  /** @typedef {{labels: number[], blank: number, label: number}} Beam */
  /** @type {Beam[]} */
  let beams = [{ labels: [], blank: 0, label: -Infinity }];
  for (const frame of frames) {
    /** @type {Map<string, Beam>} */
    const found = new Map();
    /** @param {number[]} labels */
    const entry = (labels) => {
      const key = labels.join();
      let beam = found.get(key);
      if (!beam) found.set(key, (beam = { labels, blank: -Infinity, label: -Infinity }));
      return beam;
    };
    const tried = [...frame.keys()].filter((label) => label > 0 && frame[label] > least);
    for (const { labels, blank, label } of beams) {
      const total = add(blank, label);
      const same = entry(labels);
      same.blank = add(same.blank, total + frame[0]);
      const last = labels.at(-1) ?? 0;
      if (last) same.label = add(same.label, label + frame[last]);
      for (const next of tried) {
        const before = next === last ? blank : total; // a repeated label needs a blank between
        if (before === -Infinity) continue;
        const longer = entry([...labels, next]);
        longer.label = add(longer.label, before + frame[next]);
      }
    }
    beams = [...found.values()].sort((a, b) => add(b.blank, b.label) - add(a.blank, a.label)).slice(0, width);
  }
  return beams.map(({ labels, blank, label }) => ({ labels, score: add(blank, label) }));
}

/** The labels of the best path with the frames that they take. @param {number[][]} frames */
export function greedyAlignment(frames) {
  const best = frames.map((frame) => frame.indexOf(Math.max(...frame)));
  const found = [];
  for (let start = 0; start < best.length; ) {
    let end = start + 1;
    while (end < best.length && best[end] === best[start]) end += 1;
    if (best[start] !== 0) {
      const highest = Math.max(...frames.slice(start, end).map((frame) => frame[best[start]]));
      found.push({ label: best[start], start, end, confidence: Math.exp(highest) });
    }
    start = end;
  }
  return found;
}

/** @param {any} values decoder.json @returns {import("./types.js").Decode} */
export function transcriptionAnswer(values) {
  spec.whole(values, "blank", 0, 0);
  const [output, greedy] = [spec.text(values, "output"), spec.text(values, "greedy")];
  const labels = spec.texts(values, "labels");
  const [width, alternatives] = [spec.whole(values, "beam", 1, 1000), spec.whole(values, "alternatives", 1, 1000)];
  const least = spec.number(values, "least_log_probability", -1e9, 0);
  const collapsed = spec.flag(values, "collapsed");
  /** @param {number[]} of */
  const written = (of) => of.map((label) => labels[label]).join("");

  return (_, outputs) => {
    const { data, shape } = spec.field(outputs, output);
    const classes = labels.length;
    if (data.length !== shape[0] * classes) throw new spec.ReadingError("labels: expected as many as the model has classes");
    let frames = Array.from({ length: shape[0] }, (_, i) => Array.from({ length: classes }, (_, label) => data[i * classes + label]));
    frames = frames.slice(0, frames.findLastIndex((frame) => frame[0] < 0) + 1); // certain blanks at the end are padding
    /** @type {number[]} */
    const path = Array.from(spec.field(outputs, greedy).data);
    const text = written(path.filter((label, i) => label > 0 && (collapsed || label !== path[i - 1])));
    const aligned = greedyAlignment(frames);
    const logs = aligned.map(({ confidence }) => Math.log(Math.max(1e-9, confidence)));
    const confidence = logs.length ? Math.exp(logs.reduce((a, b) => a + b, 0) / logs.length) : 0;
    return {
      text,
      confidence: rounded(confidence, 4),
      alternatives: prefixBeamSearch(frames, width, least)
        .slice(0, alternatives)
        .map((found) => ({ text: written(found.labels), log_probability: rounded(found.score, 4) })),
      characters: aligned.map((part) => ({ character: labels[part.label], confidence: rounded(part.confidence, 4), frames: [part.start, part.end] })),
      frames: frames.length,
    };
  };
}
