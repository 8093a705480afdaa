// A number as somebody types it, read the way the page itself writes numbers: 50,257 and 0.1 in English, 50.257 and
// 0,1 in Vietnamese. This is the one place that says how:
// - What the page's own notation reads is meant so.
// - What only the other notation can read is meant that way: 0.1 on the Vietnamese page (a point between thousands
//   has three digits behind it), 1.234,5 on the English one.
// - A whole number has no decimals: where the page's own reading has some, the other one is meant (50.257 on the
//   English page). Where they are three zeros (50.000 there), 50 and 50,000 both make sense, and neither is taken.
// A space, or an apostrophe, between thousands is read everywhere. tests/fixtures/typed_numbers.json has the cases.

/** @typedef {"en" | "vi"} Language */

const MARKS = { en: { thousands: ",", decimal: "." }, vi: { thousands: ".", decimal: "," } };
const SPACES = /(?<=\d)[ '’](?=\d{3}(?!\d))/g;

/**
 * The number that `typed` is in a notation; NaN if it is none there.
 * @param {string} typed
 * @param {{ thousands: string, decimal: string }} marks
 */
function inNotation(typed, { thousands, decimal }) {
  const found = /^([+-]?)([\d.,]*)(e[+-]?\d{1,3})?$/i.exec(typed);
  if (!found || !/\d/.test(found[2])) return NaN;
  const [, sign, digits, power = ""] = found;
  const [whole, ...decimals] = digits.split(decimal);
  const groups = whole.split(thousands);
  const [first, ...others] = groups;
  const grouped = !others.length || (/^[1-9]\d{0,2}$/.test(first) && others.every((group) => group.length === 3));
  if (!grouped || decimals.length > 1 || decimals[0]?.includes(thousands)) return NaN;
  return Number(`${sign}${groups.join("")}.${decimals[0] ?? ""}0${power}`);
}

/**
 * The number that was meant, or null if that cannot be told.
 * @param {string} typed
 * @param {Language} lang
 * @param {boolean} whole whether the field holds whole numbers only
 * @returns {number | null}
 */
export function readNumber(typed, lang, whole) {
  // NFKC: wide digits, and the spaces that do not break
  const plain = typed.normalize("NFKC").trim().replace(SPACES, "").replace(/^[−–]/, "-");
  const own = MARKS[lang];
  const here = inNotation(plain, own);
  const there = inNotation(plain, { thousands: own.decimal, decimal: own.thousands });
  const usesOwn = !Number.isNaN(here);
  const value = usesOwn ? here : there;
  if (Number.isNaN(value)) return null;
  if (whole) {
    const zeros = /([.,])0{3,}$/.exec(plain);
    if (zeros && zeros[1] === (usesOwn ? own.decimal : own.thousands)) return null;
    if (!Number.isInteger(value) && Number.isInteger(there)) return there;
  }
  return value + 0; // -0 is 0
}

/**
 * A number as it stands in a field: nothing between thousands, so that digits can be put in and taken out.
 * @param {number} n
 * @param {Language} lang
 */
export const inField = (n, lang) => String(n).replace(".", MARKS[lang].decimal);
