// The row of tabs: Gradio's own bar does the work, out of sight.

import { dataOf, findAll } from "./dom.js";
import { scrollTo } from "./screen.js";
import { onTab, openTab } from "./tabs.js";

const STUCK = 12; // pixels from the screen's top at which the row stands when the page scrolls below it
/** @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };

/** @type {Part<null>} */
export function navigation(element) {
  const buttons = findAll(element, "button", HTMLButtonElement);
  /** @param {HTMLButtonElement} button */
  async function choose(button) {
    const stuck = element.getBoundingClientRect().top < STUCK;
    await openTab(dataOf(button, "tab"));
    // Who has read down one tab begins the next one at its top.
    if (stuck) requestAnimationFrame(() => scrollTo(document.querySelector(".right .tabs"), { calm: true }));
  }
  for (const [n, button] of buttons.entries()) {
    button.addEventListener("click", () => void choose(button));
    button.addEventListener("keydown", (event) => {
      if (!(event.key in STEPS)) return;
      event.preventDefault();
      const last = buttons.length - 1;
      const to = Number.isFinite(STEPS[event.key]) ? (n + STEPS[event.key] + buttons.length) % buttons.length
        : Math.min(last, Math.max(0, STEPS[event.key]));
      buttons[to].focus();
      void choose(buttons[to]);
    });
  }
  onTab((open) => {
    for (const button of buttons) {
      const row = button.parentElement;
      const here = button.dataset.tab === open;
      button.setAttribute("aria-selected", String(here));
      button.tabIndex = here ? 0 : -1;
      // On a phone the row scrolls sideways.
      if (here && row) row.scrollLeft = button.offsetLeft - (row.clientWidth - button.offsetWidth) / 2;
    }
  });
}
