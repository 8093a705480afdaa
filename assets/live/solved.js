// What of the lesson is solved: in the link, not in a cookie, so that it is the visitor's own.

import { find, findAll, make } from "./dom.js";
import * as store from "./store.js";

/** The steps whose question was answered rightly, counted from 1. */
const solvedSteps = () => String(store.get("solved") ?? "").split("-").filter(Boolean).map(Number);

/** @param {number} n */
export function solve(n) {
  const all = new Set([...solvedSteps(), n]);
  store.set("solved", [...all].sort((a, b) => a - b).join("-"), { settled: true });
}

/**
 * Marks what is solved in the row of steps, and says at the last step what there is left.
 * @param {HTMLElement} root of the lesson
 * @param {(n: number) => void} go to a step
 */
export function showSolved(root, go) {
  const links = findAll(root, ".steps a", HTMLElement);
  const summary = find(root, ".summary"), said = find(summary, "p"), open = find(summary, ".open");
  find(summary, ".anew").addEventListener("click", () => {
    store.set("solved", "", { settled: true });
    go(1);
  });
  let shown = "";
  return () => {
    const solved = solvedSteps().filter((n) => n <= links.length);
    const step = Number(store.get("step")) || 1;
    summary.hidden = step !== links.length;
    if (shown === solved.join()) return;
    shown = solved.join();
    for (const [i, link] of links.entries()) {
      const done = solved.includes(i + 1);
      link.classList.toggle("solved", done);
      if (done) link.setAttribute("aria-label", store.text("lesson.solved_step", { n: i + 1 }));
      else link.removeAttribute("aria-label");
    }
    const left = links.map((_, i) => i + 1).filter((n) => !solved.includes(n));
    said.textContent = store.text(left.length ? "lesson.solved_some" : "lesson.solved_all", {
      n: solved.length, of: links.length,
    });
    open.replaceChildren(...left.map((n) => {
      const button = make("button", store.text("lesson.to_step", { n }));
      button.type = "button";
      button.addEventListener("click", () => go(n));
      return button;
    }));
  };
}
