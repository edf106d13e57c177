// Compares what a reader made with what testvectors.json says: integers and texts equal, floats within a tolerance.

/** @param {any} nested @returns {import("../readers/types.js").Tensor} */
export function tensorOf(nested) {
  const shape = [];
  for (let part = nested; Array.isArray(part); part = part[0]) shape.push(part.length);
  return { data: [nested].flat(Infinity), shape };
}

/**
 * The first difference between two JSON values, in words; empty where there is none.
 * @param {any} found @param {any} expected @param {number} tolerance of numbers that are not whole, times max(1, |expected|)
 * @param {string} [place]
 * @returns {string}
 */
export function difference(found, expected, tolerance, place = "") {
  if (typeof expected === "number" && typeof found === "number") {
    const bound = tolerance * Math.max(1, Math.abs(expected));
    return Math.abs(found - expected) <= bound ? "" : `${place}: expected ${expected}, found ${found}`;
  }
  if (expected !== null && typeof expected === "object" && found !== null && typeof found === "object") {
    const [wanted, given] = [Object.keys(expected), Object.keys(found)];
    if (wanted.join("\0") !== given.join("\0")) return `${place}: expected the keys ${wanted.slice(0, 30)}, found ${given.slice(0, 30)}`;
    for (const key of wanted) {
      const told = difference(found[key], expected[key], tolerance, `${place}/${key}`);
      if (told) return told;
    }
    return "";
  }
  return Object.is(found, expected) ? "" : `${place}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`;
}

/**
 * Of encoded tensors: whole numbers of int32 inputs are equal, floats agree to the digits they are written at.
 * @param {import("../readers/types.js").Tensors} found @param {Record<string, any>} expected
 * @param {Record<string, import("../readers/types.js").InputSpec>} inputs
 * @returns {string}
 */
export function tensorDifference(found, expected, inputs) {
  for (const [name, nested] of Object.entries(expected)) {
    if (!(name in found)) return `${name}: not encoded`;
    const wanted = tensorOf(nested);
    const given = found[name];
    if (given.data.length !== wanted.data.length) return `${name}: expected ${wanted.data.length} numbers, found ${given.data.length}`;
    const whole = inputs[name]?.dtype !== "float32";
    for (let i = 0; i < wanted.data.length; i += 1) {
      const bound = whole ? 0 : 1e-6 + 1e-6 * Math.abs(wanted.data[i]);
      if (!(Math.abs(given.data[i] - wanted.data[i]) <= bound)) return `${name}[${i}]: expected ${wanted.data[i]}, found ${given.data[i]}`;
    }
  }
  return "";
}
