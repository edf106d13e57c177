// A bundle's model under LiteRT.js: opened once, checked against its own test vectors, then asked.
import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";
import { openBundle, padded } from "../readers/bundle.js";

/** @typedef {{name: string, path: string, kind: string, application: string, weights: string, model_bytes: number, files: string[]}} Served */
/** @typedef {import("../readers/types.js").Tensors} Tensors */

const CHECKED = 3; // test vectors run when a model is opened

/** @type {Promise<unknown> | undefined} */
let runtime;

/** @param {string} url @returns {Promise<Uint8Array>} */
async function bytesOf(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: expected a file, found status ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

export class Session {
  /** @param {Served} served @param {import("../readers/bundle.js").Bundle} bundle @param {import("@litertjs/core").CompiledModel} model */
  constructor(served, bundle, model) {
    this.served = served;
    this.bundle = bundle;
    this.reader = bundle.reader;
    this.model = model;
    /** @type {any[]} raw inputs of the bundle's test vectors */
    this.examples = [];
    this.milliseconds = 0;
  }

  /** @param {Served} served @returns {Promise<Session>} */
  static async open(served) {
    runtime ??= loadLiteRt("runtime/core/wasm/");
    const bundle = await openBundle((name) => bytesOf(served.path + name));
    await runtime;
    const session = new Session(served, bundle, await loadAndCompile(bundle.model, { accelerator: "wasm" }));
    await session.verify();
    return session;
  }

  /** Refuses a model whose answers here are not those of its test vectors: `run` does not throw when it fails. */
  async verify() {
    const { tolerance, vectors } = JSON.parse(new TextDecoder().decode(await bytesOf(`${this.served.path}testvectors.json`)));
    this.examples = vectors.map((/** @type {any} */ vector) => vector.raw);
    for (const vector of vectors.slice(0, CHECKED)) {
      const outputs = await this.run(this.reader.fromJson(vector.raw));
      for (const [name, nested] of Object.entries(vector.outputs)) {
        const expected = [nested].flat(Infinity);
        const scale = Math.max(1, ...expected.map(Math.abs));
        const whole = expected.every(Number.isInteger);
        const wrong = expected.filter((value, i) => !(Math.abs(outputs[name].data[i] - value) <= (whole ? 0 : tolerance.max_absolute * scale)));
        if (wrong.length > (whole ? (1 - tolerance.min_equal) * expected.length : 0)) {
          throw new Error("this browser gives other numbers than the model's test vectors; export it again, or tell its authors");
        }
      }
    }
  }

  /** The outputs for one raw input, without their batch axis. @param {any} raw @returns {Promise<Tensors>} */
  async run(raw) {
    return this.runEncoded(this.reader.encode(raw));
  }

  /** @param {Tensors} encoded @returns {Promise<Tensors>} */
  async runEncoded(encoded) {
    const inputs = Object.fromEntries(Object.entries(padded(encoded, this.bundle.inputs)).map(([name, { data, shape }]) => [name, new Tensor(data, shape)]));
    const started = performance.now();
    const results = await this.model.run("run", inputs);
    this.milliseconds = performance.now() - started;
    for (const tensor of Object.values(inputs)) tensor.delete();
    /** @type {Tensors} */
    const outputs = {};
    for (const [name, tensor] of Object.entries(results)) {
      outputs[name] = { data: tensor.toTypedArray().slice(), shape: Array.from(tensor.type.layout.dimensions).slice(1) };
      tensor.delete();
    }
    for (const [name, { data }] of Object.entries(outputs)) {
      if (!Array.prototype.every.call(data, Number.isFinite)) throw new Error(`expected finite numbers in ${name}, found others`);
    }
    return outputs;
  }

  /** What `unroll predict --json` prints for one raw input. @param {any} raw */
  async answer(raw) {
    return this.bundle.decode(raw, await this.run(raw));
  }

  /** What runs here, for people. */
  get description() {
    const size = this.served.model_bytes;
    const shown = size < 1e6 ? `${(size / 1e3).toFixed(0)} kB` : `${(size / 1e6).toFixed(1)} MB`;
    const origin = this.bundle.manifest.synthetic_data ? " · learned from SYNTHETIC data" : "";
    return `${this.served.name} · ${shown} ${this.served.weights} · checked against ${Math.min(CHECKED, this.examples.length)} test vectors${origin}`;
  }
}
