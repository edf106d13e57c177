// What a word looks like: its folded form, case, shape, beginning and end (common/preprocessing/word_forms.py).

export const FORMS = ["case", "shape", "prefix2", "prefix3", "suffix2", "suffix3"];
const LETTER = /[\p{L}\p{M}]/u;
const DIGIT = /\p{Nd}/u;
const UPPER = /[\p{Lu}\p{Lt}]/u;

/** NFC, lower case, every digit a 0. @param {string} word */
export const folded = (word) => word.normalize("NFC").toLowerCase().replace(/\p{Nd}/gu, "0");

/** X for runs of upper case, x for other letters, 0 for digits, others as they are, each run once. @param {string} word */
export function shape(word) {
  const kinds = Array.from(word.normalize("NFC"), (c) =>
    UPPER.test(c) ? "X" : LETTER.test(c) ? "x" : DIGIT.test(c) ? "0" : c,
  );
  return kinds.filter((kind, place) => kind !== kinds[place - 1]).slice(0, 10).join("");
}

/** @param {string} word */
export function letterCase(word) {
  const characters = Array.from(word);
  const letters = characters.filter((c) => LETTER.test(c)).length;
  if (letters === 0) {
    const digits = characters.filter((c) => DIGIT.test(c)).length;
    return digits === characters.length ? "number" : digits ? "digits" : "none";
  }
  const upper = characters.filter((c) => UPPER.test(c)).length;
  if (upper === 0) return "lower";
  if (upper === letters && letters > 1) return "upper";
  return upper === 1 && UPPER.test(characters[0]) ? "title" : "mixed";
}

/** The word's forms in the order of FORMS. @param {string} word */
export function forms(word) {
  const plain = Array.from(folded(word));
  const ends = [plain.slice(0, 2), plain.slice(0, 3), plain.slice(-2), plain.slice(-3)].map((end) => end.join(""));
  return [letterCase(word), shape(word), ...ends].map((value, place) => `${FORMS[place]}=${value}`);
}
