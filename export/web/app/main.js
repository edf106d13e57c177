// The page: a screen for each kind of model, the theme, and what is kept for use without a network.
import { element, messageOf } from "./dom.js";
import { Session } from "./session.js";
import { dna } from "./screens/dna.js";
import { entities } from "./screens/entities.js";
import { forecast } from "./screens/forecast.js";
import { handwriting } from "./screens/handwriting.js";
import { sentiment } from "./screens/sentiment.js";

/** @typedef {import("./session.js").Served} Served */
/**
 * @typedef {object} Screen
 * @property {string} id of the address
 * @property {string} title of the tab
 * @property {string[]} kinds of preprocess.json that it shows
 * @property {string} application that trains such a model
 * @property {string} heading
 * @property {string} lead
 * @property {(root: HTMLElement, session: Session) => void} mount
 */

/** @type {Screen[]} */
const SCREENS = [sentiment, entities, handwriting, forecast, dna];
const main = /** @type {HTMLElement} */ (document.getElementById("main"));
const status = /** @type {HTMLElement} */ (document.getElementById("status"));
/** @type {Map<string, Promise<Session>>} */
const sessions = new Map();
/** @type {Map<string, HTMLElement>} */
const shown = new Map();

/** @param {Served} served */
function sessionOf(served) {
  let session = sessions.get(served.path);
  if (!session) sessions.set(served.path, (session = Session.open(served)));
  return session;
}

/** What stands where no model of an application is served. @param {Screen} screen */
function absent({ application }) {
  const commands = `unroll train ${application}\nunroll export runs/${application}/RUN --output bundle\nunroll serve bundle`;
  return element(
    "section",
    { class: "card empty" },
    element("h2", { text: "No such model is served" }),
    element("p", { text: "Train one, export it and serve it; several bundles may stand in one command:" }),
    element("pre", {}, element("code", { text: commands })),
  );
}

/** @param {Screen} screen @param {Served[]} bundles */
function build(screen, bundles) {
  const own = bundles.filter(({ kind }) => screen.kinds.includes(kind));
  const place = element("div", { class: "work" });
  const root = element("article", { class: "screen", id: `screen-${screen.id}`, "aria-labelledby": `title-${screen.id}` });
  const pick = element("select", { id: `model-${screen.id}`, onchange: () => open() }, ...own.map(({ name, path }) => element("option", { value: path, text: name })));
  const picker = own.length > 1 && element("label", { class: "picker" }, "Model ", pick);
  root.append(element("div", { class: "intro" }, element("h1", { id: `title-${screen.id}`, text: screen.heading }), element("p", { text: screen.lead }), picker), place);
  const open = async () => {
    if (!own.length) {
      place.replaceChildren(absent(screen));
      say("No model of this kind is served");
      return;
    }
    const served = own.find(({ path }) => path === /** @type {HTMLSelectElement} */ (pick).value) ?? own[0];
    place.replaceChildren(element("p", { class: "card loading", text: "Opening the model" }));
    say("Opening the model");
    try {
      const session = await sessionOf(served);
      place.replaceChildren();
      screen.mount(place, session);
      root.dataset.ready = served.path;
      root.dataset.status = session.description;
      if (current() === screen) say(session.description);
    } catch (error) {
      place.replaceChildren(element("p", { class: "card error", role: "alert", text: `${served.name}: ${messageOf(error)}` }));
      say("The model could not be opened");
    }
  };
  open();
  return root;
}

/** @param {string} text */
const say = (text) => (status.textContent = text);
const current = () => SCREENS.find(({ id }) => id === location.hash.slice(1)) ?? SCREENS[0];

/** @param {Served[]} bundles */
function show(bundles) {
  const screen = current();
  let root = shown.get(screen.id);
  if (!root) shown.set(screen.id, (root = build(screen, bundles)));
  main.replaceChildren(root);
  if (root.dataset.status) say(root.dataset.status);
  document.title = `${screen.title} · Unroll`;
  for (const link of document.querySelectorAll("#tabs a")) {
    if (link.getAttribute("href") === `#${screen.id}`) {
      link.setAttribute("aria-current", "page");
      link.scrollIntoView({ block: "nearest", inline: "center" });
    } else link.removeAttribute("aria-current");
  }
}

function themeButton() {
  const button = /** @type {HTMLElement} */ (document.getElementById("theme"));
  const dark = () => (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const kept = localStorage.getItem("theme");
  if (kept) document.documentElement.dataset.theme = kept;
  const name = () => (button.textContent = dark() ? "Light" : "Dark");
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = dark() ? "light" : "dark";
    localStorage.setItem("theme", document.documentElement.dataset.theme);
    name();
  });
  name();
}

/** Hands every file of the page and of the bundles to the service worker. @param {Served[]} bundles */
async function keep(bundles) {
  if (!("serviceWorker" in navigator)) return;
  const { active } = await navigator.serviceWorker.register("service-worker.js").then(() => navigator.serviceWorker.ready);
  const files = bundles.flatMap(({ path, files: names }) => names.map((name) => path + name));
  const runtime = ["js", "wasm"].map((end) => `runtime/core/wasm/litert_wasm_internal.${end}`);
  const own = performance.getEntriesByType("resource").map(({ name }) => name).filter((url) => url.startsWith(location.origin));
  const urls = [...new Set([location.href.split("#")[0], ...[...files, ...runtime, "bundles.json", "manifest.webmanifest"].map((name) => new URL(name, location.href).href), ...own])];
  navigator.serviceWorker.addEventListener("message", () => (document.documentElement.dataset.offline = "ready"));
  active?.postMessage(urls);
}

async function start() {
  themeButton();
  document.getElementById("tabs")?.append(...SCREENS.map(({ id, title }) => element("a", { href: `#${id}`, text: title })));
  try {
    const bundles = /** @type {Served[]} */ (await (await fetch("bundles.json")).json());
    if (!location.hash && bundles.length) {
      const first = SCREENS.find(({ kinds }) => bundles.some(({ kind }) => kinds.includes(kind)));
      if (first) history.replaceState(null, "", `#${first.id}`);
    }
    addEventListener("hashchange", () => {
      show(bundles);
      main.focus({ preventScroll: true });
      scrollTo(0, 0);
    });
    show(bundles);
    await keep(bundles);
  } catch (error) {
    say(messageOf(error));
  }
}

start();
