// The page's words and number formats, and what the server tells the browser once: the table, limits, texts.

import { numberFormats } from "./number_formats.js";

const language = location.pathname.replace(/\/$/, "").split("/").pop() === "vi" ? "vi" : "en";
export const { default: page } = await (language === "vi" ? import("./page-vi.js") : import("./page-en.js"));

/**
 * The sentence for `key` with `{name}` filled in.
 * @param {string} key
 * @param {Readonly<Record<string, unknown>>} [fill]
 */
export function text(key, fill = {}) {
  const template = page.texts[key] ?? "";
  return template.replace(/\{(\w+)\}/g, (whole, /** @type {string} */ name) =>
    Object.hasOwn(fill, name) ? String(fill[name]) : whole);
}

export const { count, decimal, percent, small, share, bytes, flops } = numberFormats(page.lang);

const FORMATS = { bytes, flops };
/**
 * How the page writes the quantity `name`.
 * @param {string} name
 */
export const writing = (name) => (Object.hasOwn(page.units, name) ? FORMATS[page.units[name]] : count);
