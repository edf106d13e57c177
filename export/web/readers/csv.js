// Tables of prices: CSV with quotes, or TSV (common/data/tables.py, columns.py).
import { strip } from "./python_text.js";
import { ReadingError } from "./specification.js";

/** @typedef {{columns: string[], rows: string[][], lines: number[]}} Table */

/** @param {string} text @returns {Table} */
export function parseTable(text) {
  const first = text.replace(/^[\ufeff\r\n ]+/, "").split("\n", 1)[0];
  const records = first.includes("\t") ? tabbed(text) : quoted(text, delimiterOf(first));
  const head = records.shift();
  if (!head) throw new ReadingError("line 1: expected a header row with column names, found none");
  const columns = head.cells.map(strip);
  if (new Set(columns).size !== columns.length) throw new ReadingError("line 1: expected different column names");
  for (const { cells, line } of records) {
    if (cells.length !== columns.length) {
      throw new ReadingError(`line ${line}: expected ${columns.length} columns (${columns.join(", ")}), found ${cells.length}`);
    }
  }
  if (!records.length) throw new ReadingError("expected rows of daily prices, found only the header");
  return { columns, rows: records.map(({ cells }) => cells), lines: records.map(({ line }) => line) };
}

/** The delimiter that cuts a header into the most columns. @param {string} header */
function delimiterOf(header) {
  const bare = header.replace(/"[^"]*"/g, "");
  return [",", ";", "\t", "|"].reduce((best, mark) => (bare.split(mark).length > bare.split(best).length ? mark : best));
}

/** @param {string} text */
function tabbed(text) {
  return text.split("\n").map((line, i) => ({ cells: line.replace(/\r$/, "").split("\t"), line: i + 1 })).filter(({ cells }) => cells.some((cell) => cell !== ""));
}

/** @param {string} text @param {string} delimiter */
function quoted(text, delimiter) {
  /** @type {{cells: string[], line: number}[]} */
  const records = [];
  /** @type {string[]} */
  let cells = [];
  let [cell, line, begin, inside] = ["", 1, 1, false];
  const endRecord = () => {
    cells.push(cell);
    if (cells.some((value) => value !== "")) records.push({ cells, line: begin });
    [cells, cell, begin] = [[], "", line];
  };
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i];
    if (c === "\n" || (c === "\r" && text[i + 1] !== "\n")) line += 1;
    if (inside) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') cell += text[(i += 1)];
      else inside = false;
    } else if (c === '"' && cell === "") inside = true;
    else if (c === delimiter) {
      cells.push(cell);
      cell = "";
    } else if (c === "\n" || c === "\r") {
      if (c === "\r" && text[i + 1] === "\n") {
        i += 1;
        line += 1;
      }
      endRecord();
    } else cell += c;
  }
  if (inside) throw new ReadingError(`line ${begin}: expected CSV, found an open quotation mark`);
  if (cell !== "" || cells.length) endRecord();
  return records;
}

/** What a column is -> its spellings, lower case without anything but letters. @type {Record<string, string[]>} */
const NAMES = {
  date: ["date", "datetime", "timestamp", "day", "time"],
  open: ["open"],
  high: ["high"],
  low: ["low"],
  close: ["close", "closelast", "price", "last", "value", "closeprice", "closingprice"],
  adjusted: ["adjclose", "adjustedclose", "adjclosing"],
  volume: ["volume", "vol"],
  name: ["name", "ticker", "symbol"],
};
const BLANK = new Set(["", "null", "nan", "n/a", "na", "none", "-"]);

/** What a column is -> its number in the table. @param {Table} table @param {string} dateColumn @param {string} priceColumn @returns {Record<string, number>} */
export function findColumns(table, dateColumn, priceColumn) {
  const bare = table.columns.map((column) => column.toLowerCase().replace(/[^a-z]/g, ""));
  /** @type {Record<string, number>} */
  let found = {};
  for (const [kind, spellings] of Object.entries(NAMES)) {
    const place = spellings.map((spelling) => bare.indexOf(spelling)).find((index) => index >= 0);
    if (place !== undefined) found[kind] = place;
  }
  for (const [kind, given] of [["date", dateColumn], ["close", priceColumn]]) {
    if (given === "") continue;
    if (!table.columns.includes(given)) throw new ReadingError(`line 1: expected a column ${given}, found ${table.columns.join(", ")}`);
    found[kind] = table.columns.indexOf(given);
  }
  if (priceColumn !== "") found = Object.fromEntries(Object.entries(found).filter(([kind]) => ["date", "close", "name"].includes(kind)));
  found.close ??= found.adjusted;
  for (const [kind, what] of [["date", "date"], ["close", "closing price"]]) {
    if (found[kind] === undefined) throw new ReadingError(`line 1: expected a column with the ${what}, found the columns ${table.columns.join(", ")}`);
  }
  return found;
}

/** A column as numbers, NaN for a blank cell. @param {Table} table @param {number[]} rows @param {number | undefined} column @returns {Float64Array} */
export function numbersOf(table, rows, column) {
  return Float64Array.from(rows, (row) => {
    if (column === undefined) return NaN;
    const value = numberOf(table.rows[row][column]);
    if (Number.isNaN(value) && !BLANK.has(strip(table.rows[row][column]).toLowerCase())) {
      throw new ReadingError(`line ${table.lines[row]}: expected a number in ${table.columns[column]}, found ${table.rows[row][column]}`);
    }
    if (value < 0) throw new ReadingError(`line ${table.lines[row]}: expected a price or volume of zero or more, found ${value}`);
    return Number.isFinite(value) ? value : NaN;
  });
}

/** A dollar sign and thousands' commas are read over. @param {string} cell */
function numberOf(cell) {
  let text = strip(cell);
  if (/^\$?-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text)) text = text.replaceAll(",", "");
  text = text.replace(/^\$/, "").replace(/(?<=\d)_(?=\d)/g, "");
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  return /^[+-]?inf(inity)?$/i.test(text) ? Infinity * (text[0] === "-" ? -1 : 1) : NaN;
}
