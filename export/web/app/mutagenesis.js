// In-silico mutagenesis: what an answer rests on, position by position.
import { logOdds } from "./odds.js";

const BASES = "ACGT";

/**
 * How much the class's log odds fall, on average, when a base is replaced by each of the other three.
 * @param {import("./session.js").Session} session
 * @param {any} record @param {number} label number of the class
 * @param {(done: number, total: number) => boolean} progress false stops it
 * @returns {Promise<number[] | null>} null when stopped
 */
export async function mutagenesis(session, record, label, progress) {
  const encoded = session.reader.encode(record);
  const codes = Array.from(encoded.sequence.data);
  const output = session.bundle.decoder.output;
  const oddsOf = async (/** @type {number[]} */ changed) =>
    logOdds((await session.runEncoded({ ...encoded, sequence: { data: changed, shape: [changed.length] } }))[output].data, label);
  const before = await oddsOf(codes);
  const found = [];
  let shown = performance.now();
  for (const [place, code] of codes.entries()) {
    let [sum, count] = [0, 0];
    for (let base = 1; base <= BASES.length; base += 1) {
      if (base === code) continue;
      sum += await oddsOf([...codes.slice(0, place), base, ...codes.slice(place + 1)]);
      count += 1;
    }
    found.push(before - sum / count);
    if (performance.now() - shown > 30) {
      // the page stays awake
      await new Promise((resolve) => setTimeout(resolve));
      shown = performance.now();
      if (!progress(place + 1, codes.length)) return null;
    }
  }
  return found;
}
