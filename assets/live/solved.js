// What of the lesson is solved: in the link, not in a cookie, so that it is the visitor's own.

import { find, findAll, make } from "./dom.js";
import * as store from "./store.js";

/** The numbers of the steps whose question was answered rightly. */
const solvedSteps = () => String(store.get("solved") ?? "").split("-").filter(Boolean).map(Number);

/** @param {number} n the step's number */
export function solve(n) {
  const all = new Set([...solvedSteps(), n]);
  store.set("solved", [...all].sort((a, b) => a - b).join("-"), { settled: true });
}

/**
 * Marks what is solved in the row of steps, and says at the last step what there is left.
 * @param {HTMLElement} root of the lesson
 * @param {(n: number) => void} go to the step of a number
 */
export function showSolved(root, go) {
  const links = findAll(root, ".steps a", HTMLElement); // in the lesson's order
  const numbers = links.map((link) => Number(link.dataset.go));
  const summary = find(root, ".summary"), said = find(summary, "p"), open = find(summary, ".open");
  find(summary, ".anew").addEventListener("click", () => {
    store.set("solved", "", { settled: true });
    go(numbers[0]);
  });
  let shown = "";
  return () => {
    const solved = solvedSteps().filter((n) => numbers.includes(n));
    summary.hidden = Number(store.get("step")) !== numbers.at(-1);
    if (shown === solved.join()) return;
    shown = solved.join();
    for (const [i, link] of links.entries()) {
      const done = solved.includes(numbers[i]);
      link.classList.toggle("solved", done);
      if (done) link.setAttribute("aria-label", store.text("lesson.solved_step", { n: i + 1 }));
      else link.removeAttribute("aria-label");
    }
    const left = numbers.filter((n) => !solved.includes(n));
    said.textContent = store.text(left.length ? "lesson.solved_some" : "lesson.solved_all", {
      n: solved.length, of: links.length,
    });
    open.replaceChildren(...left.map((n) => {
      const button = make("button", store.text("lesson.to_step", { n: numbers.indexOf(n) + 1 }));
      button.type = "button";
      button.addEventListener("click", () => go(n));
      return button;
    }));
  };
}
