// Dates as files have them: one format a file, found out or given (common/data/dates.py).
import { strip } from "./python_text.js";
import { ReadingError } from "./specification.js";

const FORMATS = ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%m-%d-%Y", "%d-%m-%Y", "%d-%b-%Y", "%b %d, %Y"];
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const TIME = /(?<=\d)[T ]\d{1,2}:\d{2}(:\d{2})?(\.\d+)?\s*(AM|PM)?\s*(Z|[+-]\d{2}:?\d{2}|[A-Z][A-Z_/]+)?$/i;
/** @type {Record<string, string>} */
const DIRECTIVES = {
  Y: "(?<Y>\\d{4})",
  m: "(?<m>1[0-2]|0[1-9]|[1-9])",
  d: "(?<d>3[01]|[12]\\d|0[1-9]|[1-9]| [1-9])",
  b: `(?<b>${MONTHS.join("|")})`,
};

/** Days since 1970-01-01, or NaN. @param {string} text @param {RegExp} pattern */
function dayOf(text, pattern) {
  const found = pattern.exec(text)?.groups;
  if (!found) return NaN;
  const month = found.m ? Number(found.m) : MONTHS.indexOf((found.b ?? "").toLowerCase()) + 1;
  const date = new Date(0);
  date.setUTCFullYear(Number(found.Y), month - 1, Number(found.d));
  return date.getUTCMonth() === month - 1 && found.Y !== "0000" ? Math.round(date.getTime() / 86_400_000) : NaN;
}

/** @param {string} style */
function patternOf(style) {
  const source = style.replace(/%(.)|\s+|[^%\s]/g, (part, directive) => {
    if (directive) {
      if (!DIRECTIVES[directive]) throw new ReadingError(`date_format: expected %Y, %m, %d or %b, found %${directive}`);
      return DIRECTIVES[directive];
    }
    return strip(part) === "" ? "\\s+" : part.replace(/[.*+?^${}()|[\]\\/]/, "\\$&");
  });
  return new RegExp(`^${source}$`, "i");
}

/** Days since 1970-01-01. @param {string[]} texts @param {string} given a strptime format, or empty @returns {number[]} */
export function parseDates(texts, given) {
  const days = texts.map((text) => strip(text).replace(TIME, ""));
  const styles = (given ? [given] : FORMATS).map((style) => ({ style, pattern: patternOf(style) }));
  const alive = styles.map(({ style, pattern }) => ({ style, found: days.map((day) => dayOf(day, pattern)) })).filter(({ found }) => !found.some(Number.isNaN));
  if (!alive.length) {
    const bad = days.findIndex((day) => styles.every(({ pattern }) => Number.isNaN(dayOf(day, pattern))));
    throw new ReadingError(bad >= 0 ? `expected a date, found ${texts[bad]}` : "expected dates in one format, found several");
  }
  if (alive.some(({ found }) => found.some((day, i) => day !== alive[0].found[i]))) {
    throw new ReadingError(`expected dates whose day and month can be told apart, found ${texts[0]} and no day above 12`);
  }
  return alive[0].found;
}

/** @param {number} day days since 1970-01-01 */
export const isoDate = (day) => new Date(day * 86_400_000).toISOString().slice(0, 10);
