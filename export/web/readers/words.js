// Text to sentences and words with their places, and those to ids (common/preprocessing/word_splitter.py, word_encoder.py).
import { codePointPlaces, expression } from "./python_text.js";
import * as spec from "./specification.js";
import { Vocabulary, UNKNOWN } from "./vocabulary.js";
import { FORMS, folded, forms } from "./word_forms.js";

/** Offsets in code points of the whole text. @typedef {{words: string[], starts: number[], text: string, offset: number}} Sentence */

/** @param {any} values the splitter's rules @returns {(text: string) => [number, number][][]} UTF-16 places of the words of each part */
function splitter(values) {
  const word = expression(spec.text(values, "word"));
  const sentenceBreak = expression(spec.text(values, "sentence_break"));
  const longest = Object.hasOwn(values, "longest") ? spec.whole(values, "longest", 2, 1 << 20) : 100;
  const parting = new Set(Object.hasOwn(values, "parting") ? spec.text(values, "parting") : ",;:)\u2014\u2013-\u3001\uff0c\u060c");

  /** @param {string} text @param {number} start @param {number} end @returns {[number, number][]} */
  const wordsBetween = (text, start, end) => {
    const part = text.slice(0, end); // what stands behind the end is not looked at
    word.lastIndex = start;
    const found = [];
    for (let match = word.exec(part); match !== null; match = word.exec(part)) {
      if (match[0] === "") word.lastIndex += 1;
      else found.push(/** @type {[number, number]} */ ([match.index, match.index + match[0].length]));
    }
    return found;
  };

  return (text) => {
    const parts = [];
    let start = 0;
    const ends = [...text.matchAll(sentenceBreak)].map((match) => [match.index, match.index + match[0].length]);
    for (const [end, next] of [...ends, [text.length, text.length]]) {
      let words = wordsBetween(text, start, end);
      while (words.length > longest) {
        let cut = longest;
        for (let place = longest - 1; place >= Math.floor(longest / 2); place -= 1) {
          if (parting.has(String.fromCodePoint(/** @type {number} */ (text.codePointAt(words[place][0]))))) {
            cut = place + 1;
            break;
          }
        }
        parts.push(words.slice(0, cut));
        words = words.slice(cut);
      }
      if (words.length) parts.push(words);
      start = next;
    }
    return parts;
  };
}

/** @param {any} values preprocess.json @param {import("./types.js").Asset} asset @returns {import("./types.js").Reader} */
export function wordReader(values, asset) {
  const parts = splitter(spec.field(values, "splitter"));
  /** @param {string} name */
  const vocabulary = (name) => new Vocabulary(asset(spec.text(spec.field(values, name), "file")));
  const [words, wordForms, characters] = ["words", "forms", "characters"].map(vocabulary);
  if (spec.texts(spec.field(values, "forms"), "order").join() !== FORMS.join()) {
    throw new spec.ReadingError("forms: expected those of this version, found others");
  }
  const longest = spec.whole(values, "max_length", 1, 1 << 20);
  const perWord = spec.whole(spec.field(values, "characters"), "per_word", 1, 1 << 20);

  /** @param {string} word */
  const encodeWord = (word) => {
    let kept = Array.from(word);
    if (kept.length > perWord) {
      const head = Math.floor(perWord / 2);
      kept = [...kept.slice(0, head), ...kept.slice(head - perWord)];
    }
    const letters = new Int32Array(perWord);
    letters.set(kept.map((character) => characters.id(character)));
    return { id: words.id(folded(word)), forms: forms(word).map((form) => wordForms.id(form)), letters };
  };
  const nothing = { id: UNKNOWN, forms: FORMS.map(() => UNKNOWN), letters: new Int32Array(perWord) };

  return {
    kind: "words",
    readText(text, single) {
      const found = parts(text);
      if (!found.length) return single ? [{ words: [], starts: [], text, offset: 0 }] : [];
      const places = codePointPlaces(text);
      return found.map((part) => ({
        words: part.map(([start, end]) => text.slice(start, end)),
        starts: part.map(([start]) => places[start]),
        text: text.slice(part[0][0], part[part.length - 1][1]),
        offset: places[part[0][0]],
      }));
    },
    fromJson: (raw) => ({
      words: spec.items(raw, "words"),
      starts: spec.numbers(raw, "starts", 0),
      text: spec.text(raw, "text"),
      offset: spec.whole(raw, "offset", 0, 2 ** 40),
    }),
    encode(/** @type {Sentence} */ sentence) {
      const rows = sentence.words.slice(0, longest).map(encodeWord);
      if (!rows.length) rows.push(nothing);
      return {
        tokens: { data: Int32Array.from(rows, (row) => row.id), shape: [rows.length] },
        forms: { data: Int32Array.from(rows.flatMap((row) => row.forms)), shape: [rows.length, FORMS.length] },
        characters: { data: Int32Array.from(rows.flatMap((row) => [...row.letters])), shape: [rows.length, perWord] },
        lengths: { data: [rows.length], shape: [] },
      };
    },
  };
}
