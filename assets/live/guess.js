// A question of the lesson: a guess, the answer, and another guess.

import * as store from "./store.js";

/** Guess, answer and another guess, inside one step. */
export function guessing(step) {
  const find = (selector) => step.querySelector(selector);
  const [fieldset, button, revealed, verdict] = ["fieldset", ".reveal", ".revealed", ".verdict"].map(find);
  const inputs = [...fieldset.querySelectorAll("input")];
  const replies = [...revealed.querySelectorAll("[data-reply]")];
  const right = Number(step.dataset.right);
  const guess = () => inputs.findIndex((input) => input.checked);
  const label = () => { button.textContent = store.text(guess() < 0 ? "lesson.show" : "lesson.check"); };

  function reveal() {
    const made = guess();
    const key = { [-1]: "shown", [right]: "right" }[made] ?? "wrong";
    const name = inputs[right].parentElement.textContent;
    verdict.textContent = store.text(`lesson.${key}`, { answer: name });
    verdict.classList.toggle("good", made === right);
    replies.forEach((reply, i) => { reply.hidden = i !== (made < 0 ? right : made); });
    inputs.forEach((input, i) => {
      input.disabled = true;
      input.parentElement.classList.toggle("is-right", i === right);
      input.parentElement.classList.toggle("is-wrong", i === made && i !== right);
    });
    button.hidden = true;
    revealed.hidden = false;
    find(".answer h3").focus();
  }

  function again() {
    for (const input of inputs) {
      Object.assign(input, { disabled: false, checked: false });
      input.parentElement.classList.remove("is-right", "is-wrong");
    }
    button.hidden = false;
    revealed.hidden = true;
    verdict.textContent = "";
    label();
    inputs[0].focus();
  }

  fieldset.addEventListener("change", label);
  button.addEventListener("click", reveal);
  find(".again").addEventListener("click", again);
}
