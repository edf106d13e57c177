// Names in a text, marked as it is typed.
import { element, exampleButtons, messageOf, newest } from "../dom.js";

const EXAMPLES = [
  "Ann Kalara flew to New Osmir on Monday. She met the board of Norvik Bank!",
  "Dr. Lee left Geneva for Beijing in 2019, wrote Maria O'Brien-Lee of Reuters.",
  "שלום 👍 Dr. Lee left Haifa.",
];
const COLOURS = 6;

/** @type {import("../main.js").Screen} */
export const entities = {
  id: "entities",
  title: "Entities",
  kinds: ["words"],
  application: "ner",
  heading: "Who and what is named here?",
  lead: "Sentences and words are found in the page; a recurrent network with a CRF marks the names.",
  mount(root, session) {
    /** @type {string[]} */
    const types = session.bundle.preprocessing.types;
    const colour = (/** @type {string} */ type) => `tone-${types.indexOf(type) % COLOURS}`;
    const marked = element("p", { class: "marked", dir: "auto" });
    const list = element("tbody");
    const table = element("table", {}, element("thead", {}, element("tr", {}, ...["Name", "Type", "Characters"].map((text) => element("th", { scope: "col", text })))), list);
    const answer = element("section", { class: "card answer", "aria-live": "polite", "aria-label": "Answer" });

    const update = newest(async (/** @type {string} */ given) => {
      const text = given.toWellFormed();
      try {
        const records = [];
        for (const sentence of session.reader.readText(text, false)) records.push(await session.answer(sentence));
        const found = records.flatMap((record) => record.entities);
        const points = Array.from(text);
        marked.replaceChildren();
        let place = 0;
        for (const { start, end, type } of found) {
          marked.append(points.slice(place, start).join(""), element("mark", { class: colour(type) }, points.slice(start, end).join(""), element("span", { class: "type", text: type })));
          place = end;
        }
        marked.append(points.slice(place).join(""));
        list.replaceChildren(
          ...found.map(({ text: name, type, start, end }) =>
            element("tr", {}, element("td", { dir: "auto", text: name }), element("td", {}, element("span", { class: `tag ${colour(type)}`, text: type })), element("td", { text: `${start}–${end}` })),
          ),
        );
        answer.dataset.entities = JSON.stringify(found);
        answer.dataset.text = text;
        const cut = records.some((record) => "unread_from" in record);
        const parts = [
          text.trim() === "" ? element("p", { class: "hint", text: "Write something, or take an example." }) : marked,
          found.length > 0 && table,
          text.trim() !== "" && !found.length && element("p", { class: "hint", text: "No names found." }),
          cut && element("p", { class: "hint", text: `Of a sentence the first ${session.bundle.inputs.tokens.shape[1]} words are read.` }),
        ];
        answer.replaceChildren(...parts.filter((part) => part instanceof Node));
      } catch (error) {
        answer.replaceChildren(element("p", { class: "problem", text: messageOf(error) }));
      }
    });

    const box = /** @type {HTMLTextAreaElement} */ (element("textarea", { id: "entities-text", rows: 5, dir: "auto", spellcheck: "false", oninput: () => update(box.value) }));
    const put = (/** @type {string} */ text) => {
      box.value = text;
      update(text);
    };
    const own = session.examples.slice(0, 2).map((raw) => raw.text);
    const legend = element("div", { class: "legend", "aria-label": "Types" }, ...types.map((type) => element("span", { class: `tag ${colour(type)}`, text: type })));
    root.append(
      element("div", { class: "pair" }, element("section", { class: "card" }, element("label", { for: "entities-text", text: "Text" }), box, exampleButtons([...EXAMPLES, ...own], put, (text) => (text.length > 44 ? `${text.slice(0, 43)}…` : text)), legend), answer),
    );
    put(EXAMPLES[0]);
  },
};
