// node export/web/verify/replay.mjs BUNDLE...: replays testvectors.json with the JavaScript readers, without the model.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openBundle } from "../readers/bundle.js";
import { difference, tensorDifference, tensorOf } from "./compare.mjs";

const RAW = 1e-12; // of logarithms and sums that the two languages may round differently in the last digit
const DECODED = 20; // times the bundle's tolerance: prices and logarithms of a beam search are sums and exponentials

/** @param {string} folder */
async function replay(folder) {
  const bundle = await openBundle((name) => readFile(join(folder, name)));
  const told = JSON.parse(await readFile(join(folder, "testvectors.json"), "utf8"));
  const bound = told.tolerance.max_absolute;
  const failures = [];
  for (const [i, vector] of told.vectors.entries()) {
    const raw = bundle.reader.fromJson(vector.raw);
    const outputs = Object.fromEntries(Object.entries(vector.outputs).map(([name, nested]) => [name, tensorOf(nested)]));
    const found = [
      tensorDifference(bundle.reader.encode(raw), vector.inputs, bundle.inputs),
      difference(bundle.decode(raw, outputs), vector.decoded, DECODED * bound),
    ];
    failures.push(...found.filter(Boolean).map((text) => `vector ${i}: ${text}`));
  }
  for (const [i, { text, single, raw, inputs }] of told.reading.entries()) {
    const found = bundle.reader.readText(text, single);
    const wrong = difference(found, raw.map(bundle.reader.fromJson), RAW);
    if (wrong) failures.push(`document ${i}: raw ${wrong}`);
    else inputs.forEach((/** @type {any} */ expected, /** @type {number} */ row) => {
      const told = tensorDifference(bundle.reader.encode(found[row]), expected, bundle.inputs);
      if (told) failures.push(`document ${i}, input ${row}: ${told}`);
    });
  }
  console.log(`${folder}: ${told.vectors.length} vectors, ${told.reading.length} documents, ${failures.length} differences`);
  failures.slice(0, 10).forEach((text) => console.log(`  ${text}`));
  return failures.length + (told.vectors.length ? 0 : 1);
}

const folders = process.argv.slice(2);
if (!folders.length) {
  console.error("replay: expected folders of bundles, found none");
  process.exit(2);
}
let failed = 0;
for (const folder of folders) {
  try {
    failed += await replay(folder);
  } catch (error) {
    console.error(`${folder}: ${error instanceof Error ? error.message : error}`);
    failed += 1;
  }
}
process.exit(failed ? 1 : 0);
