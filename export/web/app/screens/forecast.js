// A file of daily prices to a forecast: a chart with its fan, and the same numbers as a table.
import { isoDate } from "../../readers/dates.js";
import { element, messageOf, percent } from "../dom.js";
import { fanChart } from "../fan.js";

const SHOWN = 60; // past days of the chart
const CLOSE = 3;

/** @type {import("../main.js").Screen} */
export const forecast = {
  id: "forecast",
  title: "Forecast",
  kinds: ["daily_prices"],
  application: "stock",
  heading: "How far may this price move?",
  lead: "A CSV of daily prices becomes a distribution for each of the next days: volatility can be forecast, direction hardly.",
  mount(root, session) {
    /** @type {any[]} */
    let histories = [];
    const picker = /** @type {HTMLSelectElement} */ (element("select", { id: "ticker" }));
    const choose = element("label", { class: "picker", hidden: true }, "Ticker ", picker);
    const answer = element("section", { class: "card answer wide", "aria-live": "polite", "aria-label": "Forecast" }, element("p", { class: "hint", text: "Open a CSV with a date and a close column, or take the example." }));

    const show = async () => {
      const history = histories[Number(picker.value)];
      try {
        const record = await session.answer(history);
        const past = history.values.slice(-SHOWN).map((/** @type {number[]} */ row, /** @type {number} */ i, /** @type {any[]} */ rows) => ({ date: isoDate(history.day_numbers[history.day_numbers.length - rows.length + i]), close: row[CLOSE] }));
        const end = record.forecast.at(-1);
        const range = `${end.price_quantiles["0.1"]} to ${end.price_quantiles["0.9"]}`;
        const summary = `${record.ticker} closed at ${record.last_close} on ${record.last_date}. In ${end.days_ahead} trading days: ${end.median_price} in the median, with 80% probability ${range}.`;
        answer.dataset.record = JSON.stringify(record);
        answer.replaceChildren(
          element("p", { class: "summary" }, element("strong", { text: record.ticker }), ` ${summary.slice(record.ticker.length + 1)}`),
          fanChart(past, record.forecast, summary),
          element("p", { class: "key" }, ...[["past", "Past closes"], ["median", "Median"], ["band-2", "50%"], ["band-1", "80%"], ["band-0", "95%"]].map(([kind, text]) => element("span", { class: `swatch ${kind}`, text }))),
          table(record.forecast),
        );
      } catch (error) {
        answer.replaceChildren(element("p", { class: "problem", role: "alert", text: messageOf(error) }));
      }
    };
    picker.addEventListener("change", show);
    const take = (/** @type {any[]} */ found) => {
      histories = found;
      picker.replaceChildren(...found.map(({ name }, i) => element("option", { value: i, text: name })));
      choose.hidden = found.length < 2;
      show();
    };
    const read = async (/** @type {File | undefined} */ given) => {
      if (!given) return;
      try {
        take(session.reader.readText((await given.text()).replace(/^\ufeff/, ""), false, given.name));
      } catch (error) {
        answer.replaceChildren(element("p", { class: "problem", role: "alert", text: `${given.name}: ${messageOf(error)}` }));
      }
    };
    const example = () => take([session.reader.fromJson(session.examples[0])]);
    const file = /** @type {HTMLInputElement} */ (element("input", { type: "file", id: "prices", class: "visually-hidden", accept: ".csv,.tsv,.txt,text/csv" }));
    file.addEventListener("change", () => read(file.files?.[0]));
    const drop = element(
      "section",
      { class: "card drop" },
      element("span", { class: "file" }, file, element("label", { for: "prices", class: "button primary", text: "Open a CSV" })),
      element("button", { type: "button", class: "button", text: "Example", onclick: example }),
      choose,
      element("span", { class: "hint", text: `At least ${session.bundle.preprocessing.timesteps + session.bundle.preprocessing.warm_up_rows} rows${session.bundle.preprocessing.market ? "; the model reads the market too, so three or more tickers in a Name column" : ""}.` }),
    );
    drop.addEventListener("dragover", (event) => event.preventDefault());
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      read(event.dataTransfer?.files[0]);
    });
    root.append(element("div", { class: "stack" }, drop, answer));
    if (session.examples.length) example();
  },
};

/** @param {any[]} days */
function table(days) {
  const head = ["Days ahead", "Median", "80% between", "and", "Volatility a day", "Probability of a rise"];
  const rows = days.map((day) =>
    element(
      "tr",
      {},
      element("th", { scope: "row", text: String(day.days_ahead) }),
      ...[day.median_price, day.price_quantiles["0.1"], day.price_quantiles["0.9"]].map((price) => element("td", { text: price.toPrecision(6) })),
      element("td", { text: `${day.volatility_percent_a_day.toFixed(2)}%` }),
      element("td", { text: percent(day.probability_of_a_rise) }),
    ),
  );
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Forecast as a table" }, element("table", { class: "numbers" }, element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col", text })))), element("tbody", {}, ...rows)));
}
