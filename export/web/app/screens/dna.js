// A nucleotide sequence to its class, and what the answer rests on.
import { bars, element, exampleButtons, messageOf, newest, percent, svg } from "../dom.js";
import { mutagenesis } from "../mutagenesis.js";

const WIDTH = 1080; // that a short sequence fills
const UP = 96; // height of the tallest letter
const CAP = 0.73; // height of a capital in units of the font's size

/** Letters as tall as they matter; below the line those that speak against. @param {string} sequence @param {number[]} importance */
function logo(sequence, importance) {
  const cell = Math.min(20, Math.max(12, WIDTH / sequence.length)); // width of a letter
  const most = Math.max(1e-9, ...importance.map(Math.abs));
  const deepest = Math.max(0, ...importance.map((value) => -value)) / most;
  const height = 20 + UP + deepest * UP + 22;
  const line = 12 + UP;
  const letters = importance.map((value, place) => {
    const size = (Math.abs(value) / most) * UP;
    const scale = size / (CAP * 16);
    const base = value >= 0 ? line : line + size;
    return svg("text", { class: `base base-${sequence[place]}`, transform: `translate(${place * cell + cell / 2} ${base.toFixed(2)}) scale(${(cell / 13.5).toFixed(3)} ${scale.toFixed(3)})`, "text-anchor": "middle", text: sequence[place] }, svg("title", { text: `${place + 1} ${sequence[place]}: ${value.toFixed(3)}` }));
  });
  const numbers = Array.from({ length: Math.floor(sequence.length / 10) }, (_, i) => svg("text", { class: "date", x: (10 * (i + 1) - 0.5) * cell, y: height - 4, "text-anchor": "middle", text: String(10 * (i + 1)) }));
  const width = sequence.length * cell;
  return svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, class: "logo", role: "img", "aria-label": "Importance of each position as the height of its letter; the list below names the largest" }, svg("line", { class: "axis", x1: 0, x2: width, y1: line, y2: line }), ...letters, ...numbers);
}

/** @type {import("../main.js").Screen} */
export const dna = {
  id: "dna",
  title: "DNA",
  kinds: ["nucleotides"],
  application: "dna",
  heading: "What is this sequence, and which bases say so?",
  lead: "Both strands are read. Then every base is exchanged for the other three, and the model asked again.",
  mount(root, session) {
    const settings = session.bundle.preprocessing;
    const answer = element("section", { class: "card answer", "aria-live": "polite", "aria-label": "Answer" });
    const reasons = element("section", { class: "card wide", "aria-label": "Importance" });
    let turn = 0;

    const explain = async (/** @type {any} */ record, /** @type {string} */ label, /** @type {number} */ own) => {
      const bar = /** @type {HTMLProgressElement} */ (element("progress", { max: 1, value: 0, "aria-label": "Positions mutated" }));
      reasons.hidden = false;
      delete reasons.dataset.importance;
      reasons.replaceChildren(element("p", { class: "hint", text: "Mutating every position" }), bar);
      const start = Math.floor(Math.max(0, record.sequence.length - settings.max_length) / 2);
      const read = record.sequence.slice(start, start + settings.max_length);
      const found = await mutagenesis(session, record, settings.labels.indexOf(label), (done, total) => {
        bar.value = done / total;
        return own === turn;
      });
      if (!found || own !== turn) return;
      const top = found.map((value, place) => ({ value, place })).sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, 5);
      reasons.dataset.importance = JSON.stringify(found);
      reasons.replaceChildren(
        element("h2", { text: "What the answer rests on" }),
        element("p", { class: "hint", text: `Height: how much the log odds of “${label}” fall when the base is exchanged (mean of the three others). Below the line: bases that speak against it.` }),
        element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Importance of each position" }, logo(read, found)),
        element("p", { class: "others" }, element("span", { class: "label", text: "Most" }), ...top.map(({ value, place }) => element("span", { class: "tag", text: `${read[place]}${place + start + 1} ${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(2)}` }))),
      );
    };
    const update = newest(async (/** @type {string} */ text) => {
      const own = (turn += 1);
      reasons.hidden = true;
      if (text.trim() === "") {
        answer.replaceChildren(element("p", { class: "hint", text: "Paste a sequence or FASTA, or take an example." }));
        return;
      }
      try {
        const records = session.reader.readText(text, true);
        const { label, probability, probabilities, length } = await session.answer(records[0]);
        Object.assign(answer.dataset, { label, probability: String(probability), text });
        const notes = [`${length} nucleotides`];
        if (length > settings.max_length) notes.push(`the middle ${settings.max_length} are read`);
        if (records.length > 1) notes.push(`first of ${records.length} records`);
        answer.replaceChildren(element("p", { class: "verdict" }, element("strong", { text: label }), element("span", { text: percent(probability) })), bars(probabilities, label), element("p", { class: "hint", text: `${notes.join("; ")}.` }));
        explain(records[0], label, own).catch((error) => reasons.replaceChildren(element("p", { class: "problem", text: messageOf(error) })));
      } catch (error) {
        answer.replaceChildren(element("p", { class: "problem", role: "alert", text: messageOf(error) }));
      }
    }, 250);
    const box = /** @type {HTMLTextAreaElement} */ (element("textarea", { id: "dna-text", class: "mono", rows: 6, spellcheck: "false", autocapitalize: "off", oninput: () => update(box.value) }));
    const put = (/** @type {string} */ text) => {
      box.value = text;
      update(text);
    };
    const own = session.examples.slice(0, 3).map((raw) => raw.sequence);
    root.append(
      element("div", { class: "pair" }, element("section", { class: "card" }, element("label", { for: "dna-text", text: "Sequence or FASTA" }), box, exampleButtons(own, put, (_, i) => `Example ${i + 1}`)), answer),
      reasons,
    );
    put(own[0] ?? "");
  },
};
