// A question of the lesson: a guess, the answer, and another guess.

import { find, findAll } from "./dom.js";
import * as store from "./store.js";

/**
 * Guess, answer and another guess, inside one step.
 * @param {HTMLElement} step
 * @param {() => void} solved called when a guess was right
 */
export function guessing(step, solved) {
  const fieldset = find(step, "fieldset"), button = find(step, ".reveal");
  const revealed = find(step, ".revealed"), verdict = find(step, ".verdict");
  const inputs = findAll(fieldset, "input", HTMLInputElement);
  const labels = findAll(fieldset, "label", HTMLElement);
  const replies = findAll(revealed, "[data-reply]", HTMLElement);
  const right = Number(step.dataset.right);
  const guess = () => inputs.findIndex((input) => input.checked);
  const tell = () => { button.textContent = store.text(guess() < 0 ? "lesson.show" : "lesson.check"); };

  function reveal() {
    const made = guess();
    const key = made < 0 ? "shown" : made === right ? "right" : "wrong";
    const name = labels[right].textContent;
    verdict.textContent = store.text(`lesson.${key}`, { answer: name });
    verdict.classList.toggle("good", made === right);
    replies.forEach((reply, i) => { reply.hidden = i !== (made < 0 ? right : made); });
    inputs.forEach((input, i) => {
      input.disabled = true;
      labels[i].classList.toggle("is-right", i === right);
      labels[i].classList.toggle("is-wrong", i === made && i !== right);
    });
    button.hidden = true;
    revealed.hidden = false;
    find(step, ".answer h3").focus();
    if (made === right) solved();
  }

  function again() {
    for (const input of inputs) Object.assign(input, { disabled: false, checked: false });
    for (const label of labels) label.classList.remove("is-right", "is-wrong");
    button.hidden = false;
    revealed.hidden = true;
    verdict.textContent = "";
    tell();
    inputs[0].focus();
  }

  fieldset.addEventListener("change", tell);
  button.addEventListener("click", reveal);
  find(step, ".again").addEventListener("click", again);
}
