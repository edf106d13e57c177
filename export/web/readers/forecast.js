// Quantiles of returns, volatility and the probability of a rise to a forecast in prices (common/decoding/forecast.py).
import { isoDate } from "./dates.js";
import { CLOSE } from "./price_features.js";
import { significant } from "./python_text.js";
import * as spec from "./specification.js";

/** @param {any} values decoder.json @returns {import("./types.js").Decode} */
export function forecastAnswer(values) {
  const [output, volatility, direction] = ["output", "volatility", "direction"].map((name) => spec.text(values, name));
  const levels = spec.numbers(values, "levels", 0, 1);
  const median = levels.indexOf(0.5);
  if (median < 0 || levels.some((level, i) => i > 0 && level <= levels[i - 1])) throw new spec.ReadingError("levels: expected rising numbers with 0.5");
  /** @param {number} value */
  const short = (value) => significant(value, 6);

  return (/** @type {import("./cleaning.js").History} */ history, outputs) => {
    const last = history.values[history.values.length - 1][CLOSE];
    const [quantiles, spreads, rises] = [output, volatility, direction].map((name) => spec.field(outputs, name).data);
    if (quantiles.length !== spreads.length * levels.length || rises.length !== spreads.length) {
      throw new spec.ReadingError("levels: expected as many as the model forecasts, found others");
    }
    const days = Array.from({ length: spreads.length }, (_, step) => {
      const prices = levels.map((_, i) => short(last * Math.exp(quantiles[step * levels.length + i] / 100)));
      return {
        days_ahead: step + 1,
        median_price: prices[median],
        price_quantiles: Object.fromEntries(levels.map((level, i) => [String(short(level)), prices[i]])),
        volatility_percent_a_day: short(spreads[step]),
        probability_of_a_rise: short(rises[step]),
      };
    });
    const last_date = isoDate(history.day_numbers[history.day_numbers.length - 1]);
    return { ticker: history.name, last_date, last_close: short(last), forecast: days };
  };
}
