// node export/web/verify/hostile.mjs BUNDLE SEED COUNT: changes a bundle's files, or a document for it, at random. They must
// be read, or refused by a ReadingError (or as no JSON, no UTF-8), within seconds.
import { readdir, readFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { openBundle, padded } from "../readers/bundle.js";
import { ReadingError } from "../readers/specification.js";
import { tensorOf } from "./compare.mjs";

const SLOW_MS = 5000;
const ODD = [
  null, true, false, 0, -1, 1, 2, 0.5, 1e6, 1e9, 2 ** 31, 2 ** 53, -1e308, 1e308, "", " ", "\0", "\ud800", "a", "(", "[", "\\", "$&", "\\9", "text", "<pad>",
  "__proto__", "constructor", "toString", "x".repeat(10_000), [], [[]], [null], {}, { length: 3 }, JSON.parse('{"__proto__": {"kind": "text"}}'), ["a", "a"], [0, 1], [1e9],
];

/** Uniform numbers of [0, 1), the same for the same seed (mulberry32). @param {number} seed @returns {() => number} */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @param {() => number} draw */
const chooser = (draw) => /** @template T @param {T[]} items @returns {T} */ (items) => items[Math.floor(draw() * items.length)];

/** Every place of a JSON value: its holder and its key. @param {any} value @param {[any, any][]} [found] */
function places(value, found = []) {
  if (value === null || typeof value !== "object") return found;
  for (const key of Object.keys(value)) {
    found.push([value, key]);
    places(value[key], found);
  }
  return found;
}

/** @param {string} text @param {() => number} draw */
function changedJson(text, draw) {
  const root = { root: JSON.parse(text) };
  const choose = chooser(draw);
  for (let changes = 1 + Math.floor(draw() * 3); changes > 0; changes -= 1) {
    const every = places(root);
    if (!every.length) break;
    const [holder, key] = choose(every);
    const old = holder[key];
    const kind = draw();
    if (kind < 0.5) holder[key] = structuredClone(choose(ODD));
    else if (kind < 0.6) delete holder[key];
    else if (kind < 0.7) [holder[key]] = choose(every.map(([from, name]) => [structuredClone(from[name])]));
    else if (typeof old === "number") holder[key] = choose([old + 1, old - 1, -old, old * 1000, old / 3]);
    else if (typeof old === "string") holder[key] = choose([old + old, old.slice(1), old.toUpperCase(), [...old].reverse().join(""), old.slice(0, -1)]);
    else if (Array.isArray(old)) holder[key] = choose([old.slice(1), [...old, ...old], [...old].reverse(), [old], old.slice(0, 1)]);
    else holder[key] = [old];
  }
  return JSON.stringify(root.root) ?? "";
}

/** @param {Uint8Array} bytes @param {() => number} draw */
function changedBytes(bytes, draw) {
  const at = Math.floor(draw() * (bytes.length + 1));
  const kind = draw();
  if (kind < 0.3) return bytes.slice(0, at);
  if (kind < 0.6) return Uint8Array.from([...bytes.slice(0, at), Math.floor(draw() * 256), ...bytes.slice(at)]);
  return Uint8Array.from(bytes, (byte, place) => (place === at ? byte ^ (1 << Math.floor(draw() * 8)) : byte));
}

/** @param {Map<string, Uint8Array>} files @param {any[]} vectors @param {any[]} documents both as testvectors.json has them */
async function use(files, vectors, documents) {
  const bundle = await openBundle(async (name) => {
    const bytes = files.get(name);
    if (!bytes) throw new ReadingError(`${name}: expected a file, found none`);
    return bytes;
  });
  for (const { raw, outputs } of vectors.slice(0, 2)) {
    const read = bundle.reader.fromJson(raw);
    padded(bundle.reader.encode(read), bundle.inputs);
    bundle.decode(read, Object.fromEntries(Object.entries(outputs).map(([name, nested]) => [name, tensorOf(nested)])));
  }
  for (const { text, single } of documents.slice(0, 2)) {
    for (const read of bundle.reader.readText(text, single).slice(0, 3)) bundle.reader.encode(read);
  }
}

const [folder, seed, count] = process.argv.slice(2);
const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1));
const whole = new Map(await Promise.all(names.map(async (name) => /** @type {const} */ ([name, new Uint8Array(await readFile(join(folder, name)))]))));
const told = JSON.parse(new TextDecoder().decode(whole.get("testvectors.json")));
const DOCUMENT = "a document";
const specifications = ["preprocess.json", "decoder.json", ...(told.reading.length ? [DOCUMENT] : [])];
const changeable = [...names.filter((name) => !/^(model\.tflite|REPORT\.md|testvectors\.json)$/.test(name)), ...specifications, ...specifications];
await use(whole, told.vectors, told.reading); // else every change would be refused, and nothing shown

let [answered, refused, failures] = [0, 0, 0];
for (let number = 0; number < Number(count); number += 1) {
  const draw = generator(Number(seed) * 1_000_003 + number);
  const name = chooser(draw)(changeable);
  const document = name === DOCUMENT ? chooser(draw)(told.reading) : undefined;
  const before = document ? new TextEncoder().encode(document.text) : /** @type {Uint8Array} */ (whole.get(name));
  const json = name.endsWith(".json") && draw() < 0.9;
  const bytes = json ? new TextEncoder().encode(changedJson(new TextDecoder().decode(before), draw)) : changedBytes(before, draw);
  const files = new Map(document ? whole : [...whole, [name, bytes]]);
  const documents = document ? [{ text: new TextDecoder().decode(bytes), single: document.single }] : told.reading;
  if (!document && name !== "manifest.json") {
    const manifest = JSON.parse(new TextDecoder().decode(whole.get("manifest.json")));
    manifest.files[name] = { size_bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
    files.set("manifest.json", new TextEncoder().encode(JSON.stringify(manifest)));
  }
  const started = performance.now();
  let problem = "";
  try {
    await use(files, told.vectors, documents);
    answered += 1;
  } catch (error) {
    const notText = (error instanceof SyntaxError && /JSON/.test(error.message)) || /** @type {any} */ (error)?.code === "ERR_ENCODING_INVALID_ENCODED_DATA";
    if (error instanceof ReadingError || notText) refused += 1;
    else problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const took = performance.now() - started;
  if (!problem && took > SLOW_MS) problem = `took ${Math.round(took)} ms`;
  if (problem) {
    failures += 1;
    if (failures <= 5) console.log(`change ${number} of ${name}: ${problem}\n  ${new TextDecoder().decode(bytes).slice(0, 400)}`);
  }
}
console.log(`${folder}: ${count} changes, ${answered} answered, ${refused} refused, ${failures} failures`);
process.exit(failures ? 1 : 0);
