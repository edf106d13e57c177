// What Python's strings and regular expressions do and JavaScript's do not.
import { ReadingError } from "./specification.js";

// White space of str.strip, str.split and str.isspace; \s of regular expressions lacks the four separators 1C to 1F.
const BLANK = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const ENDS = new RegExp(`^[${BLANK}\\x1c-\\x1f]+|[${BLANK}\\x1c-\\x1f]+$`, "gu");
const BLANKS = new RegExp(`[${BLANK}\\x1c-\\x1f]+`, "u");

/** str.strip() @param {string} text */
export const strip = (text) => text.replace(ENDS, "");

/** str.split() @param {string} text */
export const split = (text) => strip(text).split(BLANKS).filter((part) => part !== "");

/** str.splitlines() @param {string} text */
export function splitLines(text) {
  const lines = text.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/u);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Places of UTF-16 code units -> places in code points: entry i is the code points before unit i. @param {string} text */
export function codePointPlaces(text) {
  const places = new Int32Array(text.length + 1);
  for (let unit = 0, points = 0; unit < text.length; points += 1) {
    const size = /** @type {number} */ (text.codePointAt(unit)) > 0xffff ? 2 : 1;
    for (let inside = 0; inside < size; inside += 1) places[unit + inside] = points;
    unit += size;
    places[unit] = points + 1;
  }
  return places;
}

/**
 * A regular expression as the specification writes it, in JavaScript's `u` mode, which refuses needless backslashes.
 * @param {string} source
 * @param {string} [flags]
 */
export function expression(source, flags = "gu") {
  let out = "";
  let inside = false;
  for (let place = 0; place < source.length; place += 1) {
    const character = source[place];
    if (character === "\\") {
      const next = source[(place += 1)] ?? ""; // nothing after a backslash: refused below
      if (next === "s") out += inside ? BLANK : `[${BLANK}]`;
      else if (/[a-zA-Z0-9^$\\.*+?()[\]{}|/]/.test(next) || (inside && next === "-")) out += `\\${next}`;
      else out += next;
    } else if (inside) {
      inside = character !== "]";
      out += character;
    } else {
      inside = character === "[";
      out += character === "." ? "[^\\n]" : character;
    }
  }
  try {
    return new RegExp(out, flags);
  } catch (error) {
    throw new ReadingError(`expected a regular expression, found ${JSON.stringify(source.slice(0, 60))}: ${error instanceof Error ? error.message : error}`);
  }
}

/** A replacement as the specification writes it (`\1`) as JavaScript has it (`$1`). @param {string} text */
export const replacement = (text) => text.replaceAll("$", "$$$$").replace(/\\(\d)/g, "$$$1");

/** float(f"{value:.{digits}g}") @param {number} value @param {number} digits */
export const significant = (value, digits) => Number(value.toPrecision(digits));

/** round(value, digits) @param {number} value @param {number} digits */
export const rounded = (value, digits) => Number(value.toFixed(digits));

/** Rounds halves to even numbers, as Python's round and NumPy's rint do. @param {number} value */
export function roundEven(value) {
  const low = Math.floor(value);
  if (value - low !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}
