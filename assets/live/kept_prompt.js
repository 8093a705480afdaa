// A prompt that is too long for a link is kept in this tab of the browser, so that a reload and the other language find
// it again: together with the link of its page, so that no other link gets it.

import { mended } from "./link_grammar.js";
import { page } from "./words.js";

const KEY = "gpt2-anatomy: prompt";

/**
 * What tells a page from others: its link, whatever the language and whatever others have put there.
 * @param {URLSearchParams} query
 */
function nameOf(query) {
  const own = [...query].filter(([name]) => name !== "lang" && page.link.names.includes(name));
  return new URLSearchParams(own.sort(([a], [b]) => (a < b ? -1 : 1))).toString();
}

/**
 * @param {URLSearchParams} query of the page it belongs to
 * @param {string | null} prompt null: there is none to keep
 */
export function keepPrompt(query, prompt) {
  try {
    if (prompt === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify([nameOf(query), prompt]));
  } catch {
    // a browser may allow no storage, in a frame say
  }
}

/**
 * The prompt that was kept for the page of `query`, or undefined.
 * @param {string} query
 * @returns {string | undefined}
 */
export function keptPrompt(query) {
  try {
    /** @type {unknown} */
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    if (!Array.isArray(kept) || kept[0] !== nameOf(new URLSearchParams(mended(query)))) return undefined;
    return typeof kept[1] === "string" ? kept[1] : undefined;
  } catch {
    return undefined;
  }
}
