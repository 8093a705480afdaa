// Why a value is not allowed, as a sentence. The server has the last word.

import { fault } from "./link_grammar.js";
import { count, page, small, text } from "./words.js";
import { widthsNear } from "./heads.js";

/** @typedef {import("./link_grammar.js").Value} Value */

/** @type {(field: string) => import("./types").Limit} */
export const limitOf = (field) => page.limits[field];

/**
 * Why `value` is not allowed for `field`; "" if it is.
 * @param {string} field
 * @param {Value | undefined} value
 * @param {string} [typed] what was typed, if it was
 */
export function complaint(field, value, typed) {
  const found = fault(field, value, page);
  if (!found) return "";
  if (found === "choice") {
    const allowed = page.choices[field].join(", ");
    return text("error.choice", { field: text(`field.${field}`), value: `"${String(value).slice(0, 40)}"`, allowed });
  }
  if (found === "word") {
    return text("error.link", { field: text(`field.${field}`), value: `"${String(value).slice(0, 40)}"` });
  }
  const { minimum, maximum } = limitOf(field);
  const shown = typeof value === "string" ? `"${value.slice(0, 40)}"` : typed ?? value;
  const sentence = text(`error.${found}`, {
    field: text(`field.${field}`), value: shown, minimum: count(minimum), maximum: count(maximum),
  });
  const odd = typed && !/^-?\d+$/.test(typed);
  return odd ? `${sentence} ${text("error.notation", { whole: count(50_257), decimal: small(0.1) })}` : sentence;
}

/**
 * Why `heads` that a teacher has fixed cannot share `width`; "" if they can.
 * @param {number} width
 * @param {number} heads
 */
export function misfit(width, heads) {
  if (width % heads === 0) return "";
  return text("error.fixed_heads", {
    field: text("field.n_embd"), value: count(width), n_head: count(heads),
    nearest: widthsNear(width, heads, limitOf("n_embd")).map((n) => count(n)).join(" / "),
  });
}
