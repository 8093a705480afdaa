// What a link says, read by one grammar: no page is needed for it. gpt2core/link_grammar.py is the other reader, and
// tests/fixtures/links.json holds both to the same answers.

/** @typedef {{minimum: number, maximum: number}} Range */
/**
 * What the reader must know of the fields; the page's own data has all of it.
 * @typedef {object} Grammar
 * @property {Readonly<Record<string, Range>>} limits of each field that holds a number
 * @property {readonly string[]} fractional those of them that need not be whole
 * @property {readonly string[]} shape_fields in the order in which a pin says them
 * @property {Readonly<Record<string, readonly string[]>>} choices of each field that is one of a few words
 * @property {Readonly<Record<string, readonly [pattern: string, first: string]>>} words of each that has some form
 */
/** @typedef {number | boolean | string} Value */

export const SWITCHES = Object.freeze(["bias", "tie_weights"]);

// Python and JSON write numbers so. What else Number() takes (" 5", "+5", "0x10", "") is a slip of the hand.
const NUMBER = /^-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?$/;
const SOLVED = /^([1-9][0-9]?)(-[1-9][0-9]?)*$/; // steps of the lesson: 1-3-10
const PIN = /^([1-9][0-9]{0,6}-){5}[01]-[01]$/;

/**
 * Why `value` is not allowed for `field`: the name of a reason, "" if it is allowed. A field without limits takes all.
 * @param {string} field
 * @param {unknown} value
 * @param {Pick<Grammar, "limits" | "fractional" | "choices" | "words">} grammar
 * @returns {"" | "whole" | "number" | "top_p" | "choice" | "word"}
 */
export function fault(field, value, { limits, fractional, choices, words }) {
  if (Object.hasOwn(words, field)) return new RegExp(`^(${words[field][0]})$`).test(String(value)) ? "" : "word";
  if (Object.hasOwn(choices, field)) return choices[field].some((choice) => choice === value) ? "" : "choice";
  if (!Object.hasOwn(limits, field)) return "";
  const { minimum, maximum } = limits[field];
  const whole = !fractional.includes(field);
  const fits = typeof value === "number" && value >= minimum && value <= maximum;
  if (!fits || (whole && !Number.isInteger(value))) return whole ? "whole" : "number";
  return field === "top_p" && value === 0 ? "top_p" : "";
}

/**
 * A shape's fields as the numbers that the table's polynomials multiply.
 * @param {Readonly<Record<string, Value>>} fields
 * @param {readonly string[]} shapeFields
 * @returns {Record<string, number>}
 */
export function shapeNumbers(fields, shapeFields) {
  const tied = fields.tie_weights ? 1 : 0;
  const numbers = Object.fromEntries(shapeFields.map((field) => [field, Number(fields[field])]));
  return { ...numbers, untied: 1 - tied, tied };
}

/**
 * The numbers of the shape that the word of a `pin` says, 12-12-768-1024-50257-1-1; null if that is none that is
 * allowed.
 * @param {string} word
 * @param {Pick<Grammar, "limits" | "shape_fields">} grammar
 * @returns {Record<string, number> | null}
 */
export function readPin(word, { limits, shape_fields: fields }) {
  if (!PIN.test(word)) return null;
  const said = word.split("-").map(Number);
  const numbers = shapeNumbers(Object.fromEntries(fields.map((field, i) => [field, said[i]])), fields);
  const allowed = fields.every((field) => SWITCHES.includes(field) || numbers[field] <= limits[field].maximum);
  return allowed && numbers.n_embd % numbers.n_head === 0 ? numbers : null;
}

/**
 * The value that `said` means for `field`, or undefined if it means none.
 * @param {string} field
 * @param {string} said
 * @param {Grammar} grammar
 * @returns {Value | undefined}
 */
function read(field, said, grammar) {
  if (field === "prompt") return said;
  if (field === "solved") return SOLVED.test(said) ? said : undefined;
  if (field === "pin") return readPin(said, grammar) ? said : undefined;
  if (Object.hasOwn(grammar.choices, field) || Object.hasOwn(grammar.words, field)) {
    return fault(field, said, grammar) ? undefined : said;
  }
  if (SWITCHES.includes(field)) return said === "true" ? true : said === "false" ? false : undefined;
  if (!NUMBER.test(said)) return undefined;
  const value = Number(said) + 0; // -0 is 0
  return fault(field, value, grammar) ? undefined : value;
}

/**
 * A query as it was before mail programs and chats had it: written into HTML (`&amp;`; this page's own links write a
 * text's ampersand as %26), as a whole escaped once more, or with the end of a sentence behind it, where this page's
 * links have the language.
 * @param {string} query
 */
export function mended(query) {
  let found = query.replace(/^\?/, "").replaceAll("&amp;", "&");
  if (!found.includes("=") && /%3D/i.test(found)) {
    try {
      found = decodeURIComponent(found);
    } catch {
      // cut off in the middle of a character
    }
  }
  return found.replace(/(?<=(?:^|&)lang=[a-z]{2})[^a-z0-9&=]+$/i, "");
}

/**
 * Reads a query (application/x-www-form-urlencoded): what its fields say, and what of it could not be used. Of a name
 * that is repeated the first counts. Names that are no field's are left to others.
 * @param {string} query
 * @param {Grammar} grammar
 * @returns {{values: Record<string, Value>, refused: [field: string, said: string][]}}
 */
export function readLink(query, grammar) {
  const params = new URLSearchParams(mended(query));
  /** @type {Record<string, Value>} */
  const values = {};
  /** @type {[string, string][]} */
  const refused = [];
  for (const field of [...Object.keys(grammar.limits), ...SWITCHES, ...Object.keys(grammar.choices),
    ...Object.keys(grammar.words), "prompt", "pin", "solved"]) {
    const said = params.get(field);
    if (said === null) continue;
    const value = read(field, said, grammar);
    if (value === undefined) refused.push([field, said]);
    else values[field] = value;
  }
  return { values, refused };
}

/**
 * Whether a link says anything of a model or a text; the lesson's step is neither.
 * @param {ReturnType<typeof readLink>} link
 */
export const saysSomething = ({ values, refused }) =>
  [...Object.keys(values), ...refused.map(([field]) => field)].some((field) => field !== "step");

/**
 * The names in one of the link's lists (`lock=seed,n_head`), each once: those that are known, and those that are not.
 * @param {string} query
 * @param {string} list
 * @param {readonly string[]} names
 * @returns {{known: string[], unknown: string[]}}
 */
export function readNames(query, list, names) {
  const all = (new URLSearchParams(mended(query)).get(list) ?? "").split(",").filter(Boolean);
  const known = [...new Set(all.filter((name) => names.includes(name)))];
  return { known, unknown: all.filter((name) => !names.includes(name)) };
}
