// A vocabulary: one token a line; 0 pads, 1 is any unknown token (common/preprocessing/vocabulary.py).
import { ReadingError } from "./specification.js";

export const UNKNOWN = 1;

export class Vocabulary {
  /** @param {string} file its content */
  constructor(file) {
    const tokens = file.replace(/\n$/, "").split("\n");
    if (tokens[0] !== "<pad>" || tokens[1] !== "<unk>") {
      throw new ReadingError(`vocabulary: expected the lines <pad> and <unk>, found ${JSON.stringify(tokens[0])}`);
    }
    this.ids = new Map(tokens.map((token, id) => [token, id]));
    if (this.ids.size !== tokens.length) throw new ReadingError("vocabulary: expected each token once");
  }

  /** @param {string} token @returns {number} */
  id(token) {
    return this.ids.get(token) ?? UNKNOWN;
  }
}
