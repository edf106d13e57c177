// Tags of words to entities with their place (common/decoding/entities.py, common/preprocessing/tag_schemes.py).
import { rounded } from "./python_text.js";
import * as spec from "./specification.js";

/** @typedef {{text: string, type: string, start: number, end: number, probability?: number}} Entity */

/** The spans that conlleval reads from BIOES tags, also from malformed ones. @param {string[]} tags @returns {[number, number, string][]} */
export function spans(tags) {
  /** @type {[number, number, string][]} */
  const found = [];
  let [start, open] = [0, ""];
  tags.forEach((tag, place) => {
    const [prefix, type] = tag === "O" ? ["O", ""] : [tag[0], tag.slice(2)];
    const begins = prefix === "B" || prefix === "S" || (prefix !== "O" && type !== open);
    if (open && (begins || prefix === "O")) {
      found.push([start, place, open]);
      open = "";
    }
    if (begins) [start, open] = [place, type];
    if (prefix === "E" || prefix === "S") {
      found.push([start, place + 1, type]);
      open = "";
    }
  });
  if (open) found.push([start, tags.length, open]);
  return found;
}

/** @param {any} values decoder.json @returns {import("./types.js").Decode} */
export function entityAnswer(values) {
  spec.text(values, "scheme", "BIOES");
  const output = spec.text(values, "output");
  const labels = spec.texts(values, "labels");
  if (!labels.every((label) => /^(O|[BIES]-.+)$/s.test(label))) throw new spec.ReadingError("labels: expected BIOES tags, found others");
  const [marginals, onward] = Object.hasOwn(values, "marginals") ? [spec.text(values, "marginals"), spec.text(values, "onward")] : ["", ""];

  return (/** @type {import("./words.js").Sentence} */ sentence, outputs) => {
    const path = spec.field(outputs, output).data;
    const read = Math.min(path.length, sentence.words.length);
    const tags = sentence.words.map((_, place) => (place < read ? labels[path[place]] : "O"));
    if (tags.includes(/** @type {any} */ (undefined))) throw new spec.ReadingError("expected a label for every tag, found fewer");
    const points = Array.from(sentence.text);
    const entities = spans(tags).map(([first, last, type]) => {
      const start = sentence.starts[first];
      const end = sentence.starts[last - 1] + Array.from(sentence.words[last - 1]).length;
      const entity = { text: points.slice(start - sentence.offset, end - sentence.offset).join(""), type, start, end };
      if (!marginals || !outputs[marginals]) return entity;
      let probability = outputs[marginals].data[first * labels.length + path[first]];
      for (let place = first + 1; place < last; place += 1) probability *= spec.field(outputs, onward).data[place];
      return { ...entity, probability: rounded(probability, 6) };
    });
    const record = { text: sentence.text, start: sentence.offset, entities };
    return sentence.words.length > path.length ? { ...record, unread_from: sentence.starts[path.length] } : record;
  };
}
