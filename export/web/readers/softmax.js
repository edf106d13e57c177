// Probabilities of classes to answers (common/decoding/softmax.py).
import { rounded } from "./python_text.js";
import * as spec from "./specification.js";

/** @param {any} values decoder.json @returns {(outputs: import("./types.js").Tensors) => {label: string, probability: number, probabilities: Record<string, number>}} */
export function softmax(values) {
  const output = spec.text(values, "output");
  const labels = spec.texts(values, "labels");
  return (outputs) => {
    const row = Array.from(spec.field(outputs, output).data);
    if (row.length !== labels.length) throw new spec.ReadingError(`labels: expected ${row.length}, found ${labels.length}`);
    const probabilities = Object.fromEntries(labels.map((label, i) => [label, rounded(row[i], 6)]));
    const label = labels[row.indexOf(Math.max(...row))];
    return { label, probability: probabilities[label], probabilities };
  };
}

/** Of texts. @param {any} values @returns {import("./types.js").Decode} */
export function textAnswer(values) {
  const best = softmax(values);
  return (text, outputs) => ({ text, ...best(outputs) });
}

/** Of nucleotides. @param {any} values @returns {import("./types.js").Decode} */
export function sequenceAnswer(values) {
  const best = softmax(values);
  return (record, outputs) => ({ name: record.name, length: record.sequence.length, ...best(outputs) });
}

/** Of single characters written. @param {any} values @returns {import("./types.js").Decode} */
export function characterAnswer(values) {
  const best = softmax(values);
  return (_, outputs) => {
    const { label, probability, probabilities } = best(outputs);
    return { text: label, probability, probabilities };
  };
}
