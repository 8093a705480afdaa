// The row of tabs: Gradio's own bar does the work, out of sight.

import { onTab, openTab } from "./tabs.js";

const STUCK = 12; // pixels from the screen's top at which the row stands when the page scrolls below it
const STEPS = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };

export function navigation(element) {
  const buttons = [...element.querySelectorAll("button")];
  async function choose(button) {
    const stuck = element.getBoundingClientRect().top < STUCK;
    await openTab(button.dataset.tab);
    // Who has read down one tab begins the next one at its top.
    if (stuck) requestAnimationFrame(() => document.querySelector(".right .tabs").scrollIntoView());
  }
  for (const [n, button] of buttons.entries()) {
    button.addEventListener("click", () => choose(button));
    button.addEventListener("keydown", (event) => {
      if (!(event.key in STEPS)) return;
      event.preventDefault();
      const last = buttons.length - 1;
      const to = Number.isFinite(STEPS[event.key]) ? (n + STEPS[event.key] + buttons.length) % buttons.length
        : Math.min(last, Math.max(0, STEPS[event.key]));
      buttons[to].focus();
      choose(buttons[to]);
    });
  }
  onTab((open) => {
    for (const button of buttons) {
      const here = button.dataset.tab === open;
      button.setAttribute("aria-selected", String(here));
      button.tabIndex = here ? 0 : -1;
      // On a phone the row scrolls sideways.
      if (here) button.parentElement.scrollLeft = button.offsetLeft - (button.parentElement.clientWidth - button.offsetWidth) / 2;
    }
  });
}
