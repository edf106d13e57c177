// Texts to token ids (common/preprocessing/text.py, tokenizer.py).
import { expression, replacement, splitLines, strip } from "./python_text.js";
import * as spec from "./specification.js";
import { Vocabulary, UNKNOWN } from "./vocabulary.js";

/**
 * @param {any} values the tokenizer's rules
 * @returns {(text: string) => string[]}
 */
export function tokenizer(values) {
  spec.text(values, "normalize", "NFC");
  if (!spec.flag(values, "lower")) throw new spec.ReadingError("tokenizer: expected lower case");
  const replacements = spec.items(values, "replacements").map((pair) => {
    if (spec.items({ pair }, "pair").length !== 2) throw new spec.ReadingError("tokenizer: expected pairs of pattern and replacement, found others");
    const [from, to] = [spec.text(pair, "0"), spec.text(pair, "1")];
    return { from: expression(from), to: replacement(to) };
  });
  const token = expression(spec.text(values, "token"));
  return (text) => {
    let plain = text.normalize("NFC").toLowerCase();
    for (const { from, to } of replacements) plain = plain.replace(from, to);
    return plain.match(token) ?? [];
  };
}

/**
 * @param {any} values preprocess.json
 * @param {import("./types.js").Asset} asset
 * @returns {import("./types.js").Reader}
 */
export function textReader(values, asset) {
  const tokenize = tokenizer(spec.field(values, "tokenizer"));
  const vocabulary = new Vocabulary(asset(spec.text(values, "vocabulary")));
  const longest = spec.whole(values, "max_length", 1, 1 << 20);
  const head = spec.whole(values, "head", 0, longest);
  return {
    kind: "text",
    readText: (text, single) => (single ? [text] : splitLines(text).filter((line) => strip(line) !== "")),
    fromJson: (raw) => spec.text({ raw }, "raw"),
    encode(text) {
      let tokens = tokenize(text);
      if (tokens.length > longest) {
        tokens = [...tokens.slice(0, head), ...tokens.slice(tokens.length - (longest - head))];
      }
      const ids = tokens.length ? tokens.map((word) => vocabulary.id(word)) : [UNKNOWN];
      return { tokens: { data: Int32Array.from(ids), shape: [ids.length] }, lengths: { data: [ids.length], shape: [] } };
    },
  };
}
