// Opens a bundle: every file checked, then what its preprocess.json and decoder.json say.
import { transcriptionAnswer } from "./ctc.js";
import { entityAnswer } from "./entities.js";
import { forecastAnswer } from "./forecast.js";
import { nucleotideReader } from "./nucleotides.js";
import { priceReader } from "./prices.js";
import { characterAnswer, sequenceAnswer, textAnswer } from "./softmax.js";
import * as spec from "./specification.js";
import { textReader } from "./text.js";
import { wordReader } from "./words.js";
import { writingReader } from "./writing.js";

/** @typedef {import("./types.js").Tensors} Tensors */
/**
 * @typedef {object} Bundle
 * @property {any} manifest
 * @property {any} preprocessing preprocess.json
 * @property {any} decoder decoder.json
 * @property {Uint8Array} model
 * @property {Record<string, import("./types.js").InputSpec>} inputs of the signature `run`
 * @property {import("./types.js").Reader} reader
 * @property {import("./types.js").Decode} decode
 */

/** @type {Record<string, (values: any, asset: import("./types.js").Asset) => import("./types.js").Reader>} */
const READERS = { text: textReader, words: wordReader, nucleotides: nucleotideReader, daily_prices: priceReader, ink: writingReader, image: writingReader };
/** @type {Record<string, (values: any) => import("./types.js").Decode>} */
const DECODERS = {
  "text softmax": textAnswer,
  "words entities": entityAnswer,
  "nucleotides softmax": sequenceAnswer,
  "daily_prices quantiles": forecastAnswer,
  "ink ctc": transcriptionAnswer,
  "image ctc": transcriptionAnswer,
  "ink softmax": characterAnswer,
  "image softmax": characterAnswer,
};

const MOST_NUMBERS = 2 ** 26; // of an input: 256 MiB

/**
 * @param {(name: string) => Promise<Uint8Array>} read a file of the bundle -> its bytes
 * @returns {Promise<Bundle>}
 */
export async function openBundle(read) {
  const manifest = parsed(await read("manifest.json"));
  spec.text(manifest, "format", "unroll-bundle");
  spec.whole(manifest, "format_version", 1, 1);
  spec.text(manifest, "lane", "litert");
  /** @type {Map<string, Uint8Array>} */
  const files = new Map();
  const listed = spec.entries(manifest, "files").filter(([name]) => !/^(REPORT\.md|testvectors\.json)$/.test(name));
  await Promise.all(listed.map(async ([name, entry]) => files.set(name, await checked(name, await read(name), entry))));
  /** @param {string} name */
  const bytes = (name) => {
    const found = files.get(name);
    if (!found) throw new spec.ReadingError(`expected the file ${name} in the bundle, found none`);
    return found;
  };
  const [preprocessing, decoder] = [parsed(bytes("preprocess.json")), parsed(bytes("decoder.json"))];
  const [kind, answer] = [spec.text(preprocessing, "kind"), spec.text(decoder, "kind")];
  const pair = `${kind} ${answer}`;
  if (!Object.hasOwn(READERS, kind) || !Object.hasOwn(DECODERS, pair)) {
    throw new spec.ReadingError(`expected the kinds ${Object.keys(DECODERS).join(", ")}, found ${pair}`);
  }
  const reader = READERS[kind](preprocessing, (name) => decoded(bytes(`preprocessing/${name}`)));
  const inputs = inputsOf(spec.entries(spec.field(spec.field(manifest, "signatures"), "run"), "inputs"));
  return { manifest, preprocessing, decoder, model: bytes("model.tflite"), inputs, reader, decode: DECODERS[pair](decoder) };
}

/** What the manifest says of the model's inputs, checked: so much is allocated for an answer. @param {[string, any][]} listed @returns {Bundle["inputs"]} */
function inputsOf(listed) {
  return Object.fromEntries(
    listed.map(([name, given]) => {
      const shape = spec.numbers(given, "shape", 1, MOST_NUMBERS);
      const size = shape.reduce((a, b) => a * b, 1);
      if (!shape.every(Number.isInteger) || size > MOST_NUMBERS) {
        throw new spec.ReadingError(`${name}: expected a shape of at most ${MOST_NUMBERS} numbers, found ${JSON.stringify(shape).slice(0, 60)}`);
      }
      return [name, { shape, dtype: spec.text(given, "dtype", "int32", "float32"), fill: spec.number(given, "fill") }];
    }),
  );
}

/** The model's inputs, padded to their static shapes. @param {Tensors} encoded @param {Bundle["inputs"]} inputs @returns {Record<string, {data: Int32Array | Float32Array, shape: number[]}>} */
export function padded(encoded, inputs) {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, dtype, fill }]) => {
      const { data } = spec.field(encoded, name);
      const size = shape.reduce((a, b) => a * b, 1);
      if (data.length > size) throw new spec.ReadingError(`${name}: expected at most ${size} numbers, found ${data.length}`);
      const whole = (dtype === "int32" ? new Int32Array(size) : new Float32Array(size)).fill(fill);
      whole.set(data);
      return [name, { data: whole, shape }];
    }),
  );
}

/** @param {Uint8Array} bytes */
const decoded = (bytes) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);
/** @param {Uint8Array} bytes */
const parsed = (bytes) => JSON.parse(decoded(bytes));

/** @param {string} name @param {Uint8Array} bytes @param {any} entry of the manifest */
async function checked(name, bytes, entry) {
  const digest = globalThis.crypto?.subtle // absent where a page is neither HTTPS nor loopback
    ? Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", /** @type {BufferSource} */ (bytes))), (byte) => byte.toString(16).padStart(2, "0")).join("")
    : spec.text(entry, "sha256");
  if (bytes.length !== spec.whole(entry, "size_bytes", 0, 2 ** 50) || digest !== spec.text(entry, "sha256")) {
    throw new spec.ReadingError(`${name}: expected the file of the manifest, found a damaged one; copy the bundle again`);
  }
  return bytes;
}
