// Types that the readers share.

/**
 * Numbers of a tensor without its batch axis, row-major.
 * @typedef {{data: ArrayLike<number>, shape: number[]}} Tensor
 */
/** Name -> tensor: the model's inputs or outputs for one raw input. @typedef {Record<string, Tensor>} Tensors */
/** What the manifest says of a model's input; `shape` has the batch axis. @typedef {{shape: number[], dtype: string, fill: number}} InputSpec */
/** A file of the bundle by its name -> its text. @typedef {(name: string) => string} Asset */
/**
 * An encoder of raw inputs, and how they are read.
 * @typedef {object} Reader
 * @property {string} kind of preprocess.json
 * @property {(text: string, single: boolean, name?: string) => any[]} readText raw inputs in a text; `name` is the file's, where it tells
 * @property {(raw: any) => any} fromJson a raw input as testvectors.json holds it
 * @property {(raw: any) => Tensors} encode the model's inputs, not padded
 */
/** Raw input and outputs -> the record that `unroll predict --json` prints. @typedef {(raw: any, outputs: Tensors) => any} Decode */

export {};
