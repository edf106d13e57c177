// A canvas that reads handwriting while it is written.
import { bars, element, exampleButtons, messageOf, newest, percent } from "../dom.js";

/** @typedef {number[][][]} Ink */

// Width, height and pen of the canvas, in its own unit; a phone's is higher, so that a finger has room.
const WIDE = [880, 300, 4.5];
const NARROW = [560, 380, 5.5];

/** The ink at the size of the canvas. @param {Ink} ink @param {number} width @param {number} height @returns {Ink} */
function fitted(ink, width, height) {
  const points = ink.flat();
  const [left, right] = [Math.min(...points.map(([x]) => x)), Math.max(...points.map(([x]) => x))];
  const [top, bottom] = [Math.min(...points.map(([, y]) => y)), Math.max(...points.map(([, y]) => y))];
  const scale = Math.min((width - 80) / (right - left || 1), (height - 90) / (bottom - top || 1));
  return ink.map((stroke) => stroke.map(([x, y, ...time]) => [40 + (x - left) * scale, (height - (bottom - top) * scale) / 2 + (y - top) * scale, ...time]));
}

/** @type {import("../main.js").Screen} */
export const handwriting = {
  id: "handwriting",
  title: "Handwriting",
  kinds: ["ink", "image"],
  application: "handwriting",
  heading: "Write by hand, with finger, pen or mouse",
  lead: "The strokes go point by point through a recurrent network; CTC and a beam search make text of them as you write.",
  mount(root, session) {
    const [width, height, pen] = matchMedia("(max-width: 40rem)").matches ? NARROW : WIDE;
    const image = session.bundle.preprocessing.kind === "image";
    /** @type {Ink} */
    let ink = [];
    let writing = -1;
    const canvas = /** @type {HTMLCanvasElement} */ (element("canvas", { id: "paper", width, height, role: "img", "aria-label": "Paper to write on; examples and files below work without a pointer" }));
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: image }));
    const answer = element("section", { class: "card answer", "aria-live": "polite", "aria-label": "Answer" });

    const draw = () => {
      const style = getComputedStyle(canvas);
      context.clearRect(0, 0, width, height);
      context.strokeStyle = style.getPropertyValue("--line");
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(30, height * 0.68);
      context.lineTo(width - 30, height * 0.68);
      context.stroke();
      strokes(context, style.color);
    };
    const strokes = (/** @type {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} */ on, /** @type {string} */ colour) => {
      [on.strokeStyle, on.fillStyle, on.lineWidth, on.lineCap, on.lineJoin] = [colour, colour, pen, "round", "round"];
      for (const stroke of ink) {
        on.beginPath();
        if (stroke.length === 1) on.arc(stroke[0][0], stroke[0][1], pen / 2, 0, 7);
        stroke.forEach(([x, y], i) => (i ? on.lineTo(x, y) : on.moveTo(x, y)));
        if (stroke.length === 1) on.fill();
        else on.stroke();
      }
    };
    /** Grey values of the ink cut out, for models that read pictures. */
    const picture = () => {
      const on = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(width, height).getContext("2d"));
      on.fillStyle = "#fff";
      on.fillRect(0, 0, width, height);
      strokes(on, "#000");
      const points = ink.flat();
      const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
      const [left, top] = [Math.max(0, Math.floor(Math.min(...xs) - 12)), Math.max(0, Math.floor(Math.min(...ys) - 12))];
      const [wide, high] = [Math.min(width, Math.ceil(Math.max(...xs) + 12)) - left, Math.min(height, Math.ceil(Math.max(...ys) + 12)) - top];
      const { data } = on.getImageData(left, top, wide, high);
      return Array.from({ length: high }, (_, y) => Array.from({ length: wide }, (_, x) => data[4 * (y * wide + x)]));
    };

    const update = newest(async (/** @type {null} */ _) => {
      if (!ink.length) {
        delete answer.dataset.text;
        answer.replaceChildren(element("p", { class: "hint", text: "What you write is read here." }));
        return;
      }
      try {
        const raw = session.reader.fromJson(image ? picture() : ink);
        const record = await session.answer(raw);
        answer.dataset.text = record.text;
        answer.dataset.strokes = String(ink.length);
        if (record.probabilities) {
          answer.replaceChildren(element("p", { class: "written", text: record.text }), bars(record.probabilities, record.text));
          return;
        }
        const letters = record.characters.map((/** @type {any} */ part) => {
          const letter = element("span", { title: percent(part.confidence), class: part.confidence < 0.5 ? "unsure" : "", text: part.character });
          return letter;
        });
        const others = record.alternatives.filter((/** @type {any} */ other) => other.text !== record.text);
        answer.replaceChildren(
          element("p", { class: "written", "aria-label": record.text || "nothing read" }, ...(record.text ? letters : ["…"])),
          element("p", { class: "hint", text: `Confidence ${percent(record.confidence)}; doubtful characters are underlined.` }),
          ...(others.length ? [element("p", { class: "others" }, element("span", { class: "label", text: "Or" }), ...others.map((/** @type {any} */ other) => element("span", { class: "tag", text: other.text || "(nothing)" })))] : []),
        );
      } catch (error) {
        answer.replaceChildren(element("p", { class: "problem", text: messageOf(error) }));
      }
    }, 120);
    const changed = () => {
      draw();
      update(null);
    };
    const put = (/** @type {Ink} */ given) => {
      ink = fitted(given, width, height);
      changed();
    };

    const point = (/** @type {PointerEvent} */ event) => {
      const box = canvas.getBoundingClientRect();
      return [((event.clientX - box.left) * width) / box.width, ((event.clientY - box.top) * height) / box.height, event.timeStamp / 1000];
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      writing = event.pointerId;
      canvas.setPointerCapture(writing);
      ink.push([point(event)]);
      changed();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId !== writing) return;
      const events = event.getCoalescedEvents?.() ?? [];
      ink[ink.length - 1].push(...(events.length ? events : [event]).map(point));
      changed();
    });
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => (writing = -1));
    new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

    const file = /** @type {HTMLInputElement} */ (element("input", { type: "file", id: "ink-file", class: "visually-hidden", accept: ".json,.jsonl,.ndjson" }));
    file.addEventListener("change", async () => {
      try {
        const [first] = session.reader.readText(await /** @type {FileList} */ (file.files)[0].text(), false);
        if (first) put(first);
      } catch (error) {
        answer.replaceChildren(element("p", { class: "problem", text: messageOf(error) }));
      }
      file.value = "";
    });
    const undo = () => {
      ink = ink.slice(0, -1);
      changed();
    };
    const clear = () => {
      ink = [];
      changed();
    };
    const inks = image ? [] : session.examples.slice(0, 4);
    const buttons = inks.length ? [exampleButtons(inks.map((_, i) => String(i)), (i) => put(inks[Number(i)]), (_, i) => `Example ${i + 1}`)] : [];
    const tools = [
      element("button", { type: "button", class: "button", text: "Undo stroke", onclick: undo }),
      element("button", { type: "button", class: "button", text: "Clear", onclick: clear }),
    ];
    if (!image) tools.push(element("span", { class: "file" }, file, element("label", { for: "ink-file", class: "button", text: "Open strokes (JSON)" })));
    root.append(element("div", { class: "stack" }, element("section", { class: "card paper" }, canvas, element("div", { class: "tools" }, ...tools, ...buttons)), answer));
    changed();
  },
};
