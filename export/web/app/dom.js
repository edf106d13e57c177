// Elements, and work that is done for the newest input only.

/**
 * An element. `on...` properties are listeners; `text` is its text; false and null attributes are left out.
 * @param {string} tag @param {Record<string, any>} [properties] @param {...(Node | string | null | false)} children
 * @returns {HTMLElement}
 */
export function element(tag, properties = {}, ...children) {
  return /** @type {HTMLElement} */ (filled(document.createElement(tag), properties, children));
}

/** @param {string} tag @param {Record<string, any>} [properties] @param {...(Node | string | null | false)} children @returns {SVGElement} */
export function svg(tag, properties = {}, ...children) {
  return /** @type {SVGElement} */ (filled(document.createElementNS("http://www.w3.org/2000/svg", tag), properties, children));
}

/** @param {Element} node @param {Record<string, any>} properties @param {(Node | string | null | false)[]} children */
function filled(node, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== false));
  return node;
}

/** A function that does `work` for the newest value, `wait` ms after it came and never twice at once. @template T @param {(value: T) => Promise<void>} work @param {number} [wait] */
export function newest(work, wait = 60) {
  /** @type {{value: T} | null} */
  let pending = null;
  let busy = false;
  let timer = 0;
  const go = async () => {
    if (busy || !pending) return;
    busy = true;
    const { value } = pending;
    pending = null;
    try {
      await work(value);
    } finally {
      busy = false;
      if (pending) go();
    }
  };
  return (/** @type {T} */ value) => {
    pending = { value };
    clearTimeout(timer);
    timer = window.setTimeout(go, wait);
  };
}

/** Buttons that put an example in. @param {string[]} examples @param {(example: string) => void} take @param {(example: string, number: number) => string} [name] */
export function exampleButtons(examples, take, name = (example) => example) {
  const buttons = examples.map((example, i) => element("button", { type: "button", class: "chip", dir: "auto", text: name(example, i), onclick: () => take(example) }));
  return element("div", { class: "examples", role: "group", "aria-label": "Examples" }, element("span", { class: "label", text: "Try" }), ...buttons);
}

/** A bar for each class. @param {Record<string, number>} probabilities @param {string} best */
export function bars(probabilities, best) {
  const rows = Object.entries(probabilities)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 8)
    .map(([label, share]) => {
      const bar = element("span", { class: "fill" });
      bar.style.inlineSize = `${Math.max(0.5, 100 * share)}%`;
      return element("li", { class: label === best ? "best" : "" }, element("span", { class: "name", text: label }), element("span", { class: "bar", "aria-hidden": "true" }, bar), element("span", { class: "share", text: percent(share) }));
    });
  return element("ul", { class: "bars" }, ...rows);
}

/** @param {number} share */
export const percent = (share) => `${(100 * share).toFixed(1)}%`;

/** @param {unknown} error */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));
