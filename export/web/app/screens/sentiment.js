// Sentiment of a text as it is typed.
import { bars, element, exampleButtons, messageOf, newest, percent } from "../dom.js";

const EXAMPLES = ["the plot was not good", "the film was slow but the ending was brilliant", "nobody would call the acting dull"];

/** @type {import("../main.js").Screen} */
export const sentiment = {
  id: "sentiment",
  title: "Sentiment",
  kinds: ["text"],
  application: "sentiment",
  heading: "What does this text say of its subject?",
  lead: "A bidirectional GRU reads along and answers with calibrated probabilities while you write.",
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
        answer.replaceChildren(element("p", { class: "verdict" }, element("strong", { text: label }), element("span", { text: percent(probability) })), bars(probabilities, label));
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
