// node browser.mjs PLAN.json RESULTS.json: uses the page as a person does, in headless Chromium, and notes what it answers.
// It judges nothing: benchmarks/verify_web.py compares the answers with Python's.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { lowContrast } from "./contrast.mjs";

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const SECONDS = 60_000; // that any one step may take
const DESKTOP = { width: 1280, height: 860 };

const [planFile, resultsFile] = process.argv.slice(2);
const plan = JSON.parse(await readFile(planFile, "utf8"));
/** @type {any} */
const results = { external: [], errors: [], contrast: [], answers: {} };
const context = await chromium.launchPersistentContext(plan.profile, { executablePath: plan.chromium, args: FLAGS, viewport: DESKTOP, timeout: SECONDS });
context.setDefaultTimeout(SECONDS);
context.on("request", (request) => {
  if (!request.url().startsWith(plan.url) && !/^(data|blob):/.test(request.url())) results.external.push(request.url());
});
const page = context.pages()[0] ?? (await context.newPage());
page.on("pageerror", (error) => results.errors.push(error.message));
page.on("console", (message) => {
  if (message.type() === "error" && /Content Security|Refused|TypeError/.test(message.text())) results.errors.push(message.text());
});
results.chromium = context.browser()?.version() ?? "";
results.agent = await page.evaluate(() => navigator.userAgent);

/** The dataset of the answer once it is that for `key` = `value`. @param {string} screen @param {string} key @param {string} value */
async function answer(screen, key, value) {
  await page.waitForFunction(([id, name, wanted]) => /** @type {HTMLElement | null} */ (document.querySelector(`#screen-${id} .answer`))?.dataset[name] === wanted, [screen, key, value]);
  return page.evaluate((id) => ({ .../** @type {HTMLElement} */ (document.querySelector(`#screen-${id} .answer`)).dataset }), screen);
}

/** @param {string} screen */
async function open(screen) {
  await page.click(`#tabs a[href="#${screen}"]`);
  await page.waitForSelector(`#screen-${screen}[data-ready]`);
}

/** A screenshot (a dark one of the last screen too), and the contrasts of both themes. @param {string} screen */
async function picture(screen) {
  await page.mouse.move(5, 500);
  for (const theme of ["light", "dark"]) {
    const now = await page.evaluate(() => document.documentElement.dataset.theme ?? "light");
    if (now !== theme) await page.click("#theme");
    await page.waitForTimeout(250); // bars move
    results.contrast.push(...(await page.evaluate(lowContrast)).map((text) => `${screen}, ${theme}: ${text}`));
    if (theme === "light") await page.screenshot({ path: join(plan.pictures, `web-${screen}.png`), fullPage: true });
    else if (screen === "dna") await page.screenshot({ path: join(plan.pictures, "web-dark.png"), fullPage: true });
  }
  await page.click("#theme");
}

/** Types texts. @param {string} screen @param {string[]} texts */
async function type(screen, texts) {
  await open(screen);
  const found = [];
  for (const text of texts) {
    await page.fill(`#${screen}-text`, "");
    await page.locator(`#${screen}-text`).pressSequentially(text, { delay: 2 });
    found.push(await answer(screen, "text", text));
  }
  results.answers[screen] = found;
  await picture(screen);
}

/** Draws ink with the mouse; notes the points that the page was given. @param {number[][][]} ink */
async function draw(ink) {
  await open("handwriting");
  await page.evaluate(() => {
    const canvas = /** @type {HTMLElement} */ (document.getElementById("paper"));
    /** @type {number[][][]} */
    const drawn = [];
    Object.assign(globalThis, { drawn });
    canvas.addEventListener("pointerdown", (event) => drawn.push([[event.offsetX, event.offsetY]]));
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons) drawn[drawn.length - 1].push(...event.getCoalescedEvents().map((part) => [part.offsetX, part.offsetY]));
    });
  });
  const box = /** @type {{x: number, y: number, width: number, height: number}} */ (await page.locator("#paper").boundingBox());
  const [xs, ys] = [0, 1].map((axis) => ink.flat().map((point) => point[axis]));
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const scale = Math.min((0.9 * box.width) / (Math.max(...xs) - left), (0.7 * box.height) / (Math.max(...ys) - top));
  for (const stroke of ink) {
    const points = stroke.map(([x, y]) => [box.x + 0.05 * box.width + (x - left) * scale, box.y + 0.15 * box.height + (y - top) * scale]);
    await page.mouse.move(points[0][0], points[0][1]);
    await page.mouse.down();
    for (const [x, y] of points.slice(1)) await page.mouse.move(x, y);
    await page.mouse.up();
  }
  await answer("handwriting", "strokes", String(ink.length));
  await page.waitForTimeout(1500); // the last points are read
  const found = await answer("handwriting", "strokes", String(ink.length));
  results.answers.handwriting = { text: found.text, drawn: await page.evaluate(() => /** @type {any} */ (globalThis).drawn) };
  await picture("handwriting");
}

/** @param {string} file */
async function load(file) {
  await open("forecast");
  await page.setInputFiles("#prices", file);
  await page.waitForFunction(() => document.querySelectorAll("#ticker option").length > 1);
  const found = [];
  for (let ticker = 0; ticker < plan.tickers.length; ticker += 1) {
    await page.selectOption("#ticker", String(ticker));
    await page.waitForFunction((name) => JSON.parse(/** @type {HTMLElement} */ (document.querySelector("#screen-forecast .answer")).dataset.record ?? "{}").ticker === name, plan.tickers[ticker]);
    found.push(JSON.parse((await page.locator("#screen-forecast .answer").getAttribute("data-record")) ?? ""));
  }
  results.answers.forecast = found;
  await picture("forecast");
}

/** @param {string} text */
async function sequence(text) {
  await open("dna");
  await page.fill("#dna-text", text);
  const found = await answer("dna", "text", text);
  await page.waitForSelector("#screen-dna [data-importance]");
  results.answers.dna = { ...found, importance: JSON.parse((await page.locator("#screen-dna [data-importance]").getAttribute("data-importance")) ?? "[]") };
  await picture("dna");
}

/** A phone's view and a finger. */
async function touch() {
  const cdp = await context.newCDPSession(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${plan.url}#handwriting`);
  await page.reload();
  await page.waitForSelector("#screen-handwriting[data-ready]");
  await page.getByRole("button", { name: "Example 1" }).click();
  await page.waitForSelector("#screen-handwriting .answer[data-text]");
  results.contrast.push(...(await page.evaluate(lowContrast)).map((text) => `phone: ${text}`));
  await page.screenshot({ path: join(plan.pictures, "web-phone.png") });
  await page.getByRole("button", { name: "Clear" }).click();
  await cdp.send("Emulation.setTouchEmulationEnabled", { enabled: true });
  const box = /** @type {{x: number, y: number, width: number, height: number}} */ (await page.locator("#paper").boundingBox());
  const at = (/** @type {number} */ share) => ({ x: box.x + box.width * (0.3 + 0.3 * share), y: box.y + box.height * (0.3 + 0.4 * share) });
  await cdp.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [at(0)] });
  for (let i = 1; i <= 12; i += 1) await cdp.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [at(i / 12)] });
  await cdp.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  results.touch = (await answer("handwriting", "strokes", "1")).strokes;
  results.sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await cdp.send("Emulation.setTouchEmulationEnabled", { enabled: false });
  await page.setViewportSize(DESKTOP);
}

/** From the top of the page with the keyboard alone: to a tab, to the text, to an example. */
async function keyboard() {
  await page.goto(`${plan.url}#entities`);
  await page.waitForSelector("#screen-entities[data-ready]");
  const stops = [];
  for (let i = 0; i < 12; i += 1) {
    await page.keyboard.press("Tab");
    stops.push(await page.evaluate(() => {
      const node = /** @type {HTMLElement} */ (document.activeElement);
      const ring = getComputedStyle(node);
      return { name: node === document.body ? "BODY" : node.id || node.textContent?.trim() || node.tagName, ring: node.matches(":focus-visible") && ring.outlineStyle !== "none" && parseFloat(ring.outlineWidth) >= 2 };
    }));
    if (stops.at(-1)?.name === "Sentiment") {
      await page.keyboard.press("Enter");
      await page.waitForSelector("#screen-sentiment[data-ready]");
      await page.goBack();
      await page.waitForSelector("#screen-entities[data-ready]");
    }
  }
  results.keyboard = stops.filter(({ name }) => name !== "BODY"); // between the page's end and its beginning
}

/** Without a network the page still opens and answers. @param {string} text */
async function offline(text) {
  await page.waitForSelector("html[data-offline=ready]");
  const cdp = await context.newCDPSession(page);
  results.notInstallable = (await cdp.send("Page.getInstallabilityErrors")).installabilityErrors.map(({ errorId }) => errorId);
  await context.setOffline(true);
  await page.goto(`${plan.url}#sentiment`);
  await page.reload();
  await page.waitForSelector("#screen-sentiment[data-ready]");
  await page.fill("#sentiment-text", text);
  results.offline = await answer("sentiment", "text", text);
  await context.setOffline(false);
}

try {
  await page.goto(plan.url);
  await type("sentiment", plan.sentiment);
  await type("entities", plan.entities);
  await draw(plan.ink);
  await load(plan.csv);
  await sequence(plan.sequence);
  await touch();
  await keyboard();
  await offline(plan.sentiment[0]);
} catch (error) {
  results.errors.push(error instanceof Error ? error.message : String(error));
  await page.screenshot({ path: join(plan.pictures, "web-failed.png") }).catch(() => undefined);
} finally {
  await writeFile(resultsFile, JSON.stringify(results));
  await context.close();
}
