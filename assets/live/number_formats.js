// How numbers are written, in one language. All follow one rule: a number is the shortest decimal that reads back as it
// (what String() gives), and is rounded from there, halves away from zero. Intl does so; what toFixed rounds is the
// binary number behind it. gpt2core/i18n.py has the same rule, and tests/fixtures/numbers.json holds both to it.

/** @typedef {number | bigint} Real */

const BYTES = ["B", "kB", "MB", "GB", "TB", "PB"]; // decimal units, as torchinfo has them
const FLOPS = ["", "k", "M", "G", "T", "P"];
const TINY = 0.001; // below it, three decimals would show nothing
const LEAST_DECIMAL = 1e-6; // below it, a decimal would be mostly zeros

/**
 * `n` times ten to the power of `power`, exactly: dividing would round once more.
 * @param {Real} n
 * @param {number} power
 */
function shifted(n, power) {
  const [digits, exponent = "0"] = String(n).split("e");
  return /** @type {`${number}`} */ (`${digits}e${Number(exponent) + power}`);
}

/** @param {"en" | "vi"} lang */
export function numberFormats(lang) {
  const locale = lang === "vi" ? "vi-VN" : "en-US";
  /** @type {Map<string, Intl.NumberFormat>} building an Intl format takes longer than using it */
  const formats = new Map();
  /** @param {Intl.NumberFormatOptions} options */
  function formatOf(options) {
    const key = JSON.stringify(options);
    const format = formats.get(key) ?? new Intl.NumberFormat(locale, options);
    formats.set(key, format);
    return format;
  }

  const counted = formatOf({ maximumFractionDigits: 3 });
  const significant = formatOf({ style: "percent", minimumSignificantDigits: 1, maximumSignificantDigits: 3 });
  const oneFigure = formatOf({ maximumSignificantDigits: 1 });
  const oneFigureOfTen = formatOf({ maximumSignificantDigits: 1, notation: "scientific" });

  /** @param {Real} n */
  const count = (n) => counted.format(n);
  /** @type {(n: Real | `${number}`, digits?: number) => string} */
  const decimal = (n, digits = 2) =>
    formatOf({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(n);
  /** @type {(share: number, digits?: number) => string} */
  const percent = (share, digits = 1) =>
    formatOf({ style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share);
  /**
   * A number that may be tiny, as a temperature.
   * @param {number} n
   */
  function small(n) {
    if (n === 0 || Math.abs(n) >= TINY) return count(n);
    return Math.abs(n) >= LEAST_DECIMAL ? oneFigure.format(n) : oneFigureOfTen.format(n).replace("E", "e");
  }
  /**
   * A probability: three significant figures, however small.
   * @param {number} p
   */
  const share = (p) => (p > 0 && p < 1e-6 ? `< ${percent(1e-6, 4)}` : significant.format(p));
  /** @type {(n: Real, units: readonly string[]) => string} */
  function scaled(n, units) {
    const size = n < 0 ? -n : n;
    let power = 0;
    while (power < units.length - 1 && size >= 10 ** (3 * (power + 1))) power += 1;
    return `${power ? decimal(shifted(n, -3 * power), 1) : count(n)} ${units[power]}`.trim();
  }
  /** @param {Real} n */
  const bytes = (n) => scaled(n, BYTES);
  /** @param {Real} n */
  const flops = (n) => scaled(n, FLOPS);

  return { count, decimal, percent, small, share, bytes, flops };
}
