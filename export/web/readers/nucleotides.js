// FASTA or bare letters to codes (common/data/fasta.py, common/preprocessing/nucleotides.py, nucleotide_encoder.py).
import { split, strip } from "./python_text.js";
import * as spec from "./specification.js";

export const LETTERS = "ACGTNRYSWKMBDHV";
const SHORTEST = 20;

/** @typedef {{name: string, sequence: string}} Record_ */

/** Upper-case letters, U as T. @param {string} text @param {string} place for the error */
export function clean(text, place) {
  const letters = text.toUpperCase().replaceAll("U", "T");
  const strange = Array.from(letters).findIndex((letter) => !LETTERS.includes(letter));
  if (strange >= 0) {
    throw new spec.ReadingError(
      `${place}: expected nucleotides (A C G T U and IUPAC codes such as N), ` +
        `found ${JSON.stringify(Array.from(text)[strange])} at position ${strange + 1}`,
    );
  }
  return letters;
}

/** The records of a FASTA text. @param {string} text @returns {Record_[]} */
function parseFasta(text) {
  /** @type {{title: string, parts: string[]}[]} */
  const blocks = [];
  text.split("\n").forEach((raw, number) => {
    const line = strip(raw);
    if (line.startsWith(">")) {
      blocks.push({ title: split(line.slice(1))[0] ?? `record_${blocks.length + 1}`, parts: [] });
    } else if (line !== "" && !line.startsWith(";")) {
      const last = blocks.at(-1);
      if (!last) throw new spec.ReadingError(`line ${number + 1}: expected a FASTA header (>name), found ${line.slice(0, 30)}`);
      last.parts.push(split(line).join("").replace(/\*$/, ""));
    }
  });
  const names = new Set();
  return blocks.map(({ title, parts }) => {
    if (names.has(title)) throw new spec.ReadingError(`record ${title}: expected one record of that name, found another`);
    names.add(title);
    const sequence = parts.join("");
    if (sequence === "") throw new spec.ReadingError(`record ${title}: expected a sequence, found an empty record`);
    return { name: title, sequence: clean(sequence, `record ${title}`) };
  });
}

/** @param {string} given @param {boolean} single @returns {Record_[]} */
export function readSequences(given, single) {
  const text = strip(given.replaceAll("\r\n", "\n").replaceAll("\r", "\n"));
  if (/^[>;]/.test(text)) return parseFasta(text);
  const lines = single ? [text] : text.split("\n").filter((line) => strip(line) !== "");
  return lines.map((line, number) => {
    const name = single ? "input" : `line_${number + 1}`;
    return { name, sequence: clean(split(line).join(""), `record ${name}`) };
  });
}

/** @param {any} values preprocess.json @returns {import("./types.js").Reader} */
export function nucleotideReader(values) {
  spec.text(values, "letters", LETTERS);
  const longest = spec.whole(values, "max_length", 1, 20_000);
  const aligned = spec.flag(values, "aligned");
  const shortest = aligned ? longest : Math.min(SHORTEST, longest);
  return {
    kind: "nucleotides",
    readText: readSequences,
    fromJson(raw) {
      const name = spec.text(raw, "name");
      return { name, sequence: clean(spec.text(raw, "sequence"), `record ${name}`) };
    },
    encode(/** @type {Record_} */ { name, sequence }) {
      if (sequence.length < shortest || (aligned && sequence.length > longest)) {
        const wanted = aligned ? `exactly ${longest}` : `at least ${shortest}`;
        throw new spec.ReadingError(`record ${name}: expected ${wanted} nucleotides, found ${sequence.length}`);
      }
      const start = Math.floor(Math.max(0, sequence.length - longest) / 2);
      const codes = Int32Array.from(sequence.slice(start, start + longest), (letter) => LETTERS.indexOf(letter) + 1);
      const encoded = { sequence: { data: codes, shape: [codes.length] } };
      return aligned ? encoded : { ...encoded, lengths: { data: [codes.length], shape: [] } };
    },
  };
}
