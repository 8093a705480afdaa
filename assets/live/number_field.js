// A field for a number: text that number_reading.js reads, with the keys of a spin button. (The browser's own number
// box reads by the browser's language, not the page's: where they differ it drops a comma before a script sees it.)
//
// What is typed acts when it is committed, with Enter or by leaving the field: half a number is a number, too. A
// step of the arrow keys, the page keys or the wheel acts at once.

import { inField, readNumber } from "./number_reading.js";
import { page } from "./words.js";

/** @type {Readonly<Partial<Record<string, number>>>} steps by key */
const STEPS = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 };

/**
 * @param {HTMLInputElement} input
 * @param {object} does
 * @param {boolean} does.whole whether it holds whole numbers only
 * @param {(value: number | string, typed: string) => void} does.commit takes the number, or the text that is none
 * @param {(from: number, steps: number) => number} does.step where so many steps lead
 * @param {() => number} does.value what holds while the text is no number
 */
export function numberField(input, { whole, commit, step, value }) {
  const read = () => readNumber(input.value, page.lang, whole);

  /** @param {number} steps */
  function go(steps) {
    if (input.disabled) return;
    const to = step(read() ?? value(), steps);
    commit(to, inField(to, page.lang));
  }
  input.addEventListener("change", () => commit(read() ?? input.value.trim(), input.value.trim()));
  input.addEventListener("keydown", (event) => {
    const steps = STEPS[event.key];
    if (!steps || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(steps);
  });
  input.addEventListener("wheel", (event) => {
    if (document.activeElement !== input || !event.deltaY || event.ctrlKey) return; // with Ctrl it zooms the page
    event.preventDefault();
    go(event.deltaY < 0 ? 1 : -1);
  }, { passive: false });

  return {
    /** Puts a number into the field. @param {number} n */
    show: (n) => {
      input.value = inField(n, page.lang);
      input.setAttribute("aria-valuenow", String(n));
      input.setAttribute("aria-valuetext", input.value);
    },
  };
}

/**
 * So many steps from `from`, within bounds; tenths where numbers need not be whole.
 * @param {number} from
 * @param {number} steps
 * @param {{ minimum: number, maximum: number }} bounds
 * @param {boolean} whole
 */
export function stepped(from, steps, { minimum, maximum }, whole) {
  const to = whole ? Math.round(from) + steps : Number((from + steps / 10).toFixed(6));
  return Math.min(maximum, Math.max(minimum, to));
}
