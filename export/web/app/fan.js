// A chart of past closes and the fan of a forecast.
import { svg } from "./dom.js";

const WIDTH = 860;
const HEIGHT = 340;
const MARGIN = { top: 16, right: 64, bottom: 34, left: 12 };
const BANDS = [["0.025", "0.975"], ["0.1", "0.9"], ["0.25", "0.75"]];

/** Round numbers between two prices. @param {number} low @param {number} high */
function ticks(low, high) {
  const rough = (high - low) / 4;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((times) => times * size).find((value) => value >= rough) ?? rough;
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) found.push(Number(at.toPrecision(12)));
  return found;
}

/** @param {{date: string, close: number}[]} past @param {any[]} forecast the record's @param {string} summary for who does not see it */
export function fanChart(past, forecast, summary) {
  const last = past[past.length - 1].close;
  const ahead = forecast.map((day) => day.price_quantiles);
  const all = [...past.map(({ close }) => close), ...ahead.flatMap((quantiles) => Object.values(quantiles))];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const room = (high - low) * 0.06 || 1;
  const steps = past.length - 1 + forecast.length;
  const x = (/** @type {number} */ step) => MARGIN.left + (step / steps) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (/** @type {number} */ price) => MARGIN.top + ((high + room - price) / (high - low + 2 * room)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const line = (/** @type {number[][]} */ points) => points.map(([step, price], i) => `${i ? "L" : "M"}${x(step).toFixed(1)} ${y(price).toFixed(1)}`).join("");
  const now = past.length - 1;
  const edge = (/** @type {string} */ level) => [[now, last], ...ahead.map((quantiles, i) => [now + 1 + i, quantiles[level]])];
  const grid = ticks(low, high).map((price) =>
    svg("g", { class: "tick" }, svg("line", { x1: MARGIN.left, x2: WIDTH - MARGIN.right, y1: y(price), y2: y(price) }), svg("text", { x: WIDTH - MARGIN.right + 8, y: y(price) + 4, text: String(price) })),
  );
  const dates = [0, Math.floor(now / 2), now].map((step, i) => svg("text", { class: "date", x: x(step), y: HEIGHT - 10, "text-anchor": i === 0 ? "start" : "middle", text: past[step].date }));
  const bands = BANDS.filter(([from]) => from in ahead[0]).map(([from, to], i) => svg("path", { class: `band band-${i}`, d: `${line(edge(from))}${line(edge(to).reverse()).replace("M", "L")}Z` }));
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "chart", role: "img", "aria-label": summary },
    ...grid,
    ...dates,
    svg("line", { class: "now", x1: x(now), x2: x(now), y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom }),
    ...bands,
    svg("path", { class: "past", d: line(past.map(({ close }, i) => [i, close])) }),
    svg("path", { class: "median", d: line(edge("0.5")) }),
    svg("circle", { class: "last", cx: x(now), cy: y(last), r: 4 }),
  );
}
