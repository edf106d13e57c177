// Sentiment of a text as it is typed.
import { logOdds } from "../odds.js";
import { bars, element, exampleButtons, messageOf, newest, percent } from "../dom.js";

const EXAMPLES = ["the plot was not good", "the film was slow but the ending was brilliant", "nobody would call the acting dull"];

const MOST_WORDS = 120; // of a text whose words are weighed

/**
 * The text with each word tinted by what leaving it out does to the answer.
 * @param {import("../session.js").Session} session @param {string} text @param {number} label number of the class
 */
async function weighed(session, text, label) {
  const { output } = session.bundle.decoder;
  const oddsOf = async (/** @type {string} */ given) => logOdds((await session.run(given))[output].data, label);
  const whole = await oddsOf(text);
  const pieces = text.split(/(\s+)/u);
  /** @type {number[]} */
  const effects = [];
  for (const [i, piece] of pieces.entries()) {
    effects.push(piece.trim() === "" ? 0 : whole - (await oddsOf(pieces.filter((_, at) => at !== i).join(""))));
  }
  const most = Math.max(0.5, ...effects.map(Math.abs));
  const words = pieces.map((piece, i) => {
    const share = Math.round((55 * Math.abs(effects[i])) / most);
    if (share < 4) return piece;
    const word = element("span", { class: effects[i] > 0 ? "for" : "against", title: effects[i].toFixed(2), text: piece });
    word.style.setProperty("--share", `${share}%`);
    return word;
  });
  return element("p", { class: "weighed", dir: "auto" }, ...words);
}

/** @type {import("../main.js").Screen} */
export const sentiment = {
  id: "sentiment",
  title: "Sentiment",
  kinds: ["text"],
  application: "sentiment",
  heading: "What does this text say of its subject?",
  lead: "A recurrent network reads along and answers with calibrated probabilities while you write.",
  mount(root, session) {
    const answer = element("section", { class: "card answer", "aria-live": "polite", "aria-label": "Answer" });
    const update = newest(async (/** @type {string} */ text) => {
      if (text.trim() === "") {
        answer.replaceChildren(element("p", { class: "hint", text: "Write something, or take an example." }));
        return;
      }
      try {
        const { label, probability, probabilities } = await session.answer(text.toWellFormed());
        answer.dataset.label = label;
        answer.dataset.probability = String(probability);
        answer.dataset.text = text;
        const words = text.trim().split(/\s+/u).length;
        const reasons = words > 1 && words <= MOST_WORDS ? await weighed(session, text.toWellFormed(), session.bundle.decoder.labels.indexOf(label)) : null;
        answer.replaceChildren(element("p", { class: "verdict" }, element("strong", { text: label }), element("span", { text: percent(probability) })), bars(probabilities, label), ...(reasons ? [element("p", { class: "hint" }, "Without a word ", element("span", { class: "for sample", text: "so marked" }), " the answer would be weaker, without one ", element("span", { class: "against sample", text: "so marked" }), " stronger."), reasons] : []));
      } catch (error) {
        answer.replaceChildren(element("p", { class: "problem", text: messageOf(error) }));
      }
    });
    const box = /** @type {HTMLTextAreaElement} */ (element("textarea", { id: "sentiment-text", rows: 5, dir: "auto", spellcheck: "false", oninput: () => update(box.value) }));
    const put = (/** @type {string} */ text) => {
      box.value = text;
      update(text);
    };
    root.append(
      element("div", { class: "pair" }, element("section", { class: "card" }, element("label", { for: "sentiment-text", text: "Text" }), box, exampleButtons(EXAMPLES, put)), answer),
    );
    put(EXAMPLES[0]);
  },
};
