// Files of daily prices to scaled features (common/preprocessing/price_encoder.py, common/data/prices/files.py).
import { clean } from "./cleaning.js";
import { findColumns, numbersOf, parseTable } from "./csv.js";
import { parseDates } from "./dates.js";
import { featureNames, features, WARM_UP, withMarket } from "./price_features.js";
import { strip } from "./python_text.js";
import * as spec from "./specification.js";

const SMALLEST_SCALE = 1e-9;

/** A ticker out of a file name: `aapl.us.txt` is AAPL. @param {string} file */
function tickerOf(file) {
  const stem = file.replace(/\.[^.]*$/, "").replace(/[_ ]\d{4}.*$/, "").replace(/\.(us|uk|de|jp|pl)$/i, "");
  return stem.toUpperCase() || "SERIES";
}

/** Code points in order, as Python sorts; UTF-16 units would put astral names elsewhere. @param {string} a @param {string} b */
function byCodePoints(a, b) {
  const [left, right] = [Array.from(a), Array.from(b)];
  const place = left.findIndex((c, i) => c !== right[i]);
  if (place < 0) return left.length - right.length;
  return (left[place].codePointAt(0) ?? 0) - (right[place]?.codePointAt(0) ?? -1);
}

/** @param {any} values preprocess.json @returns {import("./types.js").Reader} */
export function priceReader(values) {
  const market = spec.flag(values, "market");
  const measure = spec.text(values, "measure", "garman_klass", "close_to_close");
  const names = featureNames(market);
  if (spec.texts(values, "features").join() !== names.join()) {
    throw new spec.ReadingError("features: expected those of this version, found another list");
  }
  const scaler = spec.field(values, "scaler");
  const [mean, scale] = [spec.numbers(scaler, "mean"), spec.numbers(scaler, "scale", SMALLEST_SCALE)];
  const limit = spec.number(scaler, "limit", SMALLEST_SCALE, 1e6);
  if (mean.length !== names.length || scale.length !== names.length) throw new spec.ReadingError("scaler: expected a mean and a scale for each feature");
  const timesteps = spec.whole(values, "timesteps", 1, 1 << 20);
  const tickers = spec.texts(values, "tickers");
  const embedded = spec.flag(values, "embedded");
  const reading = values.reading ?? { date_column: "", price_column: "", date_format: "", adjust_splits: true };
  const rows = timesteps + WARM_UP;

  return {
    kind: "daily_prices",
    readText(text, single, file = "standard input") {
      if (single) throw new spec.ReadingError("expected daily prices in a file, found a text");
      const table = parseTable(text);
      const columns = findColumns(table, spec.text(reading, "date_column"), spec.text(reading, "price_column"));
      /** @type {Map<string, number[]>} */
      const rowsOf = new Map();
      table.rows.forEach((row, i) => {
        const name = columns.name === undefined ? tickerOf(file) : strip(row[columns.name]);
        if (name === "") throw new spec.ReadingError(`line ${table.lines[i]}: expected a ticker, found none`);
        const of = rowsOf.get(name);
        if (of) of.push(i);
        else rowsOf.set(name, [i]);
      });
      const histories = [...rowsOf].sort(([a], [b]) => byCodePoints(a, b)).map(([name, of]) => {
        const [open, high, low, close, adjusted, volume] = ["open", "high", "low", "close", "adjusted", "volume"].map((kind) => numbersOf(table, of, columns[kind]));
        const days = parseDates(of.map((row) => table.rows[row][columns.date]), spec.text(reading, "date_format"));
        return clean({ name, days, open, high, low, close, adjusted, volume }, spec.flag(reading, "adjust_splits"));
      });
      return market ? withMarket(histories, measure) : histories;
    },
    fromJson: (raw) => ({
      name: spec.text(raw, "name"),
      day_numbers: spec.numbers(raw, "day_numbers"),
      values: spec.items(raw, "values").map((row) => spec.numbers({ row }, "row")),
    }),
    encode(/** @type {import("./cleaning.js").History} */ history) {
      if (history.values.length < rows) {
        throw new spec.ReadingError(`${history.name}: expected at least ${rows} daily rows, found ${history.values.length}; give a longer history`);
      }
      if (market && history.values[0].length < 8) {
        throw new spec.ReadingError(`${history.name}: expected three or more tickers, because the model reads the market's means, found fewer`);
      }
      const scaled = features(history.values.slice(-rows), market, measure).flatMap((row) =>
        row.map((value, i) => Math.min(Math.max((value - mean[i]) / scale[i], -limit), limit)),
      );
      const encoded = { features: { data: Float32Array.from(scaled), shape: [timesteps, names.length] } };
      return embedded ? { ...encoded, ticker: { data: [tickers.indexOf(history.name) + 1], shape: [] } } : encoded;
    },
  };
}
