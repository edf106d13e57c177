// Reads the fields of preprocess.json and decoder.json: a file may come from anywhere, so nothing is taken as it stands.

/** A mistake that the reader of the message can mend: what was expected, what was found. */
export class ReadingError extends Error {}

/** @param {any} values @param {string} name @returns {any} */
export function field(values, name) {
  if (values === null || typeof values !== "object" || !Object.hasOwn(values, name)) {
    throw new ReadingError(`expected an object with the field ${name}, found ${shown(values)}`);
  }
  return values[name];
}

/** A whole number from `low` to `high`. @param {any} values @param {string} name @param {number} low @param {number} high @returns {number} */
export function whole(values, name, low, high) {
  const value = field(values, name);
  if (!Number.isInteger(value) || value < low || value > high) {
    refuse(name, `a whole number from ${low} to ${high}`, value);
  }
  return value;
}

/** A finite number. @param {any} values @param {string} name @param {number} [low] @param {number} [high] @returns {number} */
export function number(values, name, low = -Infinity, high = Infinity) {
  return checked(field(values, name), name, low, high);
}

/** A list of finite numbers. @param {any} values @param {string} name @param {number} [low] @param {number} [high] @returns {number[]} */
export function numbers(values, name, low = -Infinity, high = Infinity) {
  return items(values, name).map((value) => checked(value, name, low, high));
}

/** @param {any} values @param {string} name @returns {boolean} */
export function flag(values, name) {
  const value = field(values, name);
  if (typeof value !== "boolean") refuse(name, "true or false", value);
  return value;
}

/** A text, one of those allowed where any are named. @param {any} values @param {string} name @param {...string} allowed @returns {string} */
export function text(values, name, ...allowed) {
  const value = field(values, name);
  if (typeof value !== "string" || (allowed.length > 0 && !allowed.includes(value))) {
    refuse(name, allowed.length ? `one of ${allowed.join(", ")}` : "a text", value);
  }
  return value;
}

/** A list of different texts. @param {any} values @param {string} name @returns {string[]} */
export function texts(values, name) {
  const found = items(values, name);
  if (!found.every((value) => typeof value === "string") || new Set(found).size !== found.length) {
    refuse(name, "different texts", found);
  }
  return found;
}

/** An object's names and values. @param {any} values @param {string} name @returns {[string, any][]} */
export function entries(values, name) {
  const value = field(values, name);
  if (value === null || typeof value !== "object" || Array.isArray(value)) refuse(name, "an object", value);
  return Object.entries(value);
}

/** @param {any} values @param {string} name @returns {any[]} */
export function items(values, name) {
  const value = field(values, name);
  if (!Array.isArray(value)) refuse(name, "a list", value);
  return value;
}

/** @param {any} value @param {string} name @param {number} low @param {number} high @returns {number} */
function checked(value, name, low, high) {
  if (typeof value !== "number" || !Number.isFinite(value) || value < low || value > high) {
    refuse(name, "a finite number in its range", value);
  }
  return value;
}

/** @param {string} name @param {string} expected @param {any} value @returns {never} */
function refuse(name, expected, value) {
  throw new ReadingError(`${name}: expected ${expected}, found ${shown(value)}`);
}

/** @param {any} value */
const shown = (value) => String(JSON.stringify(value)).slice(0, 60);
