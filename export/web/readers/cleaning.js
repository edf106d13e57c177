// Cleans the prices of a ticker, row after row from the past (common/data/prices/cleaning.py).
import { ReadingError } from "./specification.js";

const IMPOSSIBLE = 1.75;
const WRONG_OPEN = 1.5;
const SPLITS = [2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 50];
const SPLIT_TOLERANCE = 0.04;

/** Rows of one ticker as they stand in a file; NaN where a cell is blank. @typedef {{name: string, days: number[], open: Float64Array, high: Float64Array, low: Float64Array, close: Float64Array, adjusted: Float64Array, volume: Float64Array}} Prices */
/** Days since 1970-01-01; values are open, high, low, close, volume and the close before. @typedef {{name: string, day_numbers: number[], values: number[][]}} History */

/** @param {number} value */
const known = (value) => Number.isFinite(value) && value > 0;
/** @param {number} value @param {number} low @param {number} high */
const clip = (value, low, high) => Math.min(Math.max(value, low), high);

/** @param {Prices} prices @param {boolean} adjustSplits @returns {History} */
export function clean(prices, adjustSplits) {
  const rows = ordered(prices);
  if (!rows.length) throw new ReadingError(`${prices.name}: expected closing prices, found none`);
  /** @param {Float64Array} column */
  const taken = (column) => rows.map((row) => column[row]);
  const [open, high, low, close, adjusted, volume] = [prices.open, prices.high, prices.low, prices.close, prices.adjusted, prices.volume].map(taken);
  if (rows.length > 1 && close.every((value) => value === close[0])) {
    throw new ReadingError(`${prices.name}: expected prices that move, found ${close[0]} in all rows`);
  }
  const previous = close.map((_, i) => close[Math.max(0, i - 1)]);
  if (adjusted.every(known)) {
    for (let i = 1; i < rows.length; i += 1) previous[i] = (adjusted[i - 1] * close[i]) / adjusted[i];
  } else if (adjustSplits) {
    undoSplits(open, close, previous);
  }
  const values = close.map((_, i) => {
    const session = possible(filled(open[i], high[i], low[i], close[i], previous[i]), close[i], previous[i]);
    return [session.open, session.high, session.low, close[i], Number.isNaN(volume[i]) ? 0 : volume[i], previous[i]];
  });
  return { name: prices.name, day_numbers: rows.map((row) => prices.days[row]), values };
}

/** Rows with a close in order of date, the last of each date. @param {Prices} prices */
function ordered({ days, close }) {
  const rows = days.map((_, row) => row).filter((row) => known(close[row]));
  rows.sort((a, b) => days[a] - days[b]);
  return rows.filter((row, i) => i + 1 === rows.length || days[rows[i + 1]] !== days[row]);
}

/** Divides the close before by the ratio where open and close both jump by it. @param {number[]} open @param {number[]} close @param {number[]} previous */
function undoSplits(open, close, previous) {
  for (let i = 1; i < close.length; i += 1) {
    const jump = previous[i] / (known(open[i]) ? open[i] : close[i]);
    if (1 / 1.8 < jump && jump < 1.8) continue;
    for (const ratio of SPLITS) {
      const factor = jump > 1 ? ratio : 1 / ratio;
      const near = Math.abs(Math.log(jump / factor)) < SPLIT_TOLERANCE;
      if (near && Math.abs(Math.log(previous[i] / close[i] / factor)) < 3 * SPLIT_TOLERANCE) {
        previous[i] /= factor;
        break;
      }
    }
  }
}

/** Blank and zero prices: the open is the close before, held inside the day's range. @param {number} open @param {number} high @param {number} low @param {number} close @param {number} previous */
function filled(open, high, low, close, previous) {
  const ranged = known(high) && known(low);
  const begun = known(open) ? open : ranged ? clip(previous, low, high) : close;
  return {
    open: begun,
    high: known(high) ? high : Math.max(begun, close),
    low: known(low) ? low : Math.min(begun, close),
  };
}

/** Replaces what cannot be, then widens ranges that do not hold open and close. @param {{open: number, high: number, low: number}} session @param {number} close @param {number} previous */
function possible({ open, high, low }, close, previous) {
  const above = Math.min(open / previous, open / close) > WRONG_OPEN;
  const below = Math.max(open / previous, open / close) < 1 / WRONG_OPEN;
  if (above && high <= open) high = Math.max(previous, close);
  if (below && low >= open) low = Math.min(previous, close);
  if (above || below) open = clip(previous, low, high);
  const wrongHigh = high > IMPOSSIBLE * Math.max(open, close, previous);
  const wrongLow = low * IMPOSSIBLE < Math.min(open, close, previous);
  const [most, least] = [Math.max(open, close), Math.min(open, close)];
  return { open, high: wrongHigh ? most : Math.max(high, most), low: wrongLow ? least : Math.min(low, least) };
}
