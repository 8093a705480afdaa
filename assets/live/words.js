// The page's words and number formats, and what the server tells the browser once: the table, limits, texts.

const language = location.pathname.replace(/\/$/, "").split("/").pop() === "vi" ? "vi" : "en";
export const page = (await import(`./page-${language}.js`)).default;

/** The sentence for `key` with `{name}` filled in. */
export function text(key, fill = {}) {
  const template = page.texts[key] ?? "";
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in fill ? fill[name] : whole));
}

const locale = page.lang === "vi" ? "vi-VN" : "en-US";
const formats = new Map(); // building an Intl format takes longer than using it
function format(n, digits, style) {
  const key = `${digits} ${style}`;
  if (!formats.has(key)) {
    const [minimum, maximum] = digits === undefined ? [0, 3] : [digits, digits];
    formats.set(key, new Intl.NumberFormat(locale, { style, minimumFractionDigits: minimum, maximumFractionDigits: maximum }));
  }
  return formats.get(key).format(n);
}
export const count = (n) => format(n, undefined, "decimal");
export const decimal = (n, digits = 2) => format(n, digits, "decimal");
/** A number that may be tiny, as a temperature. */
export const small = (n) => (n !== 0 && Math.abs(n) < 0.001 ? n.toPrecision(1) : count(n));
/** A probability: three significant figures, however small. */
export const share = (p) => (p > 0 && p < 1e-6 ? `< ${percent(1e-6, 4)}` : significant.format(p));
const significant = new Intl.NumberFormat(locale, { style: "percent", minimumSignificantDigits: 1, maximumSignificantDigits: 3 });
export const percent = (share, digits = 1) => format(share, digits, "percent");
/** Decimal units, as text.file_size in Python. */
export function scaled(n, units) {
  let i = 0;
  while (Math.abs(n) >= 1000 && i < units.length - 1) { n /= 1000; i += 1; }
  return `${i ? decimal(n, 1) : count(n)} ${units[i]}`.trim();
}
export const bytes = (n) => scaled(n, ["B", "kB", "MB", "GB", "TB", "PB"]);
export const flops = (n) => scaled(n, ["", "k", "M", "G", "T", "P"]);

const FORMATS = { bytes, flops };
/** How the page writes the quantity `name`. */
export const writing = (name) => FORMATS[page.units[name]] ?? count;
