// Shows that one thing on the page becomes another: a copy of the first goes to where the second is.

const MILLISECONDS = 600;

/**
 * `room` holds both, and is what the copy is placed in.
 * @param {HTMLElement} room
 * @param {HTMLElement} from
 * @param {HTMLElement} to
 */
export function flying(room, from, to) {
  const [outer, start, end] = [room, from, to].map((each) => each.getBoundingClientRect());
  const copy = document.createElement("b");
  copy.textContent = to.title;
  copy.className = "flying notranslate";
  copy.setAttribute("aria-hidden", "true");
  copy.style.left = `${end.left - outer.left}px`;
  copy.style.top = `${end.top - outer.top}px`;
  room.append(copy);
  const away = `translate(${start.left - end.left}px, ${start.top - end.top}px)`;
  const motion = copy.animate([{ transform: away }, { transform: "none" }], {
    duration: MILLISECONDS, easing: "cubic-bezier(.3, .1, .3, 1)",
  });
  void motion.finished.then(() => copy.remove());
}
