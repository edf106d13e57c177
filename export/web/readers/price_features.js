// From daily prices to features (common/preprocessing/price_features.py, common/data/prices/market.py).

const [OPEN, HIGH, LOW, CLOSE, VOLUME, PREVIOUS, MARKET_VARIANCE, MARKET_RETURN] = [0, 1, 2, 3, 4, 5, 6, 7];
export { CLOSE };
const DAYS = [1, 5, 22, 66];
const QUARTER_LAG = 63;
export const WARM_UP = 65;
const FLOOR = 0.01;
const SMALLEST_PANEL = 3;
const OWN = [
  "log_variance_1", "log_variance_5", "log_variance_22", "log_variance_66", "return", "negative_return",
  "overnight_return", "week_return", "range", "log_volume", "quarter_ago", "month_peak", "quarter_peak", "peak_age",
];
const MARKET = ["market_log_variance_1", "market_log_variance_5", "market_log_variance_22", "market_return", "market_negative_return"];

/** @param {boolean} market */
export const featureNames = (market) => (market ? [...OWN, ...MARKET] : OWN);

/** Log return of the day, in percent. @param {number[]} row */
const dayReturn = (row) => 100 * Math.log(row[CLOSE] / row[PREVIOUS]);

/** Variance of the day in percent squared. @param {number[]} row @param {string} measure */
function realisedVariance(row, measure) {
  if (measure === "close_to_close") return Math.max(dayReturn(row) ** 2, FLOOR);
  const session = Math.log(row[HIGH] / row[LOW]) ** 2 / 2 - (2 * Math.log(2) - 1) * Math.log(row[CLOSE] / row[OPEN]) ** 2;
  return Math.max(1e4 * (session + Math.log(row[OPEN] / row[PREVIOUS]) ** 2), FLOOR);
}

/** The mean of each row from WARM_UP on and the `days - 1` rows before it. @param {number[]} daily @param {number} days */
function pastMeans(daily, days) {
  const sums = [0];
  for (const value of daily) sums.push(sums[sums.length - 1] + value);
  return daily.slice(WARM_UP).map((_, i) => (sums[i + WARM_UP + 1] - sums[i + WARM_UP + 1 - days]) / days);
}

/** (rows - WARM_UP, features), unscaled. @param {number[][]} values @param {boolean} market @param {string} measure @returns {number[][]} */
export function features(values, market, measure) {
  const variance = values.map((row) => realisedVariance(row, measure));
  const daily = values.map(dayReturn);
  const means = DAYS.map((days) => pastMeans(variance, days));
  const week = pastMeans(daily, 5);
  const monthVolume = pastMeans(values.map((row) => row[VOLUME]), DAYS[2]);
  const spreads = market ? DAYS.slice(0, 3).map((days) => pastMeans(values.map((row) => row[MARKET_VARIANCE]), days)) : [];
  return values.slice(WARM_UP).map((row, i) => {
    const at = i + WARM_UP;
    const scale = Math.sqrt(means[2][i]);
    const today = daily[at] / scale;
    const overnight = 100 * Math.log(row[OPEN] / row[PREVIOUS]);
    const span = 100 * Math.log(Math.max(row[HIGH], row[PREVIOUS]) / Math.min(row[LOW], row[PREVIOUS]));
    const volume = row[VOLUME] > 0 && monthVolume[i] > 0 ? Math.log(row[VOLUME] / monthVolume[i]) : 0;
    const ago = mean(variance.slice(at + 1 - QUARTER_LAG, at + 1 - QUARTER_LAG + DAYS[1]));
    const quarter = variance.slice(at + 1 - DAYS[3], at + 1);
    const [peak, month] = [Math.max(...quarter), Math.max(...quarter.slice(-DAYS[2]))];
    const age = DAYS[3] - 1 - quarter.indexOf(peak);
    const columns = [
      ...means.map((column) => Math.log(column[i])),
      today, Math.min(today, 0), overnight / scale, (week[i] * Math.sqrt(5)) / scale, Math.log(0.1 + span / scale), volume,
      Math.log(ago), Math.log(month), Math.log(peak / means[3][i]), age / DAYS[3],
    ];
    if (market) {
      const spread = spreads.map((column) => column[i]);
      const move = row[MARKET_RETURN] / Math.exp(spread[2] / 2);
      columns.push(...spread, move, Math.min(move, 0));
    }
    return columns;
  });
}

/** @param {number[]} values */
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

/** Appends the market's columns to a panel: means over the tickers of the same day. @param {import("./cleaning.js").History[]} histories @param {string} measure */
export function withMarket(histories, measure) {
  if (histories.length < SMALLEST_PANEL) return histories;
  /** @type {Map<number, [number, number, number]>} */
  const sums = new Map();
  for (const { day_numbers, values } of histories) {
    values.forEach((row, i) => {
      const [count, logs, moves] = sums.get(day_numbers[i]) ?? [0, 0, 0];
      sums.set(day_numbers[i], [count + 1, logs + Math.log(realisedVariance(row, measure)), moves + dayReturn(row)]);
    });
  }
  return histories.map((history) => ({
    ...history,
    values: history.values.map((row, i) => {
      const [count, logs, moves] = /** @type {[number, number, number]} */ (sums.get(history.day_numbers[i]));
      return [...row, logs / count, moves / count];
    }),
  }));
}
