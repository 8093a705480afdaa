// The bar that leads back into the lesson while another view is open.

import { dataOf, find, findAll } from "./dom.js";
import { standing } from "./first.js";
import { lessonOpen, onLesson, openLesson } from "./lesson.js";
import { point } from "./pointing.js";
import { scrollTo } from "./screen.js";
import * as store from "./store.js";
import * as tabs from "./tabs.js";

/** @type {Part<null>} */
export function wayback(element) {
  const bar = find(element, ".wayback");
  const [back, look, end] = findAll(bar, ":scope > *", HTMLElement);
  /** @type {unknown} */
  const told = JSON.parse(dataOf(bar, "steps"));
  const steps = /** @type {Record<string, { place: number, tab: string, at: string, look: string }>} */ (told);
  const wrapper = element.closest(".wayback-part") ?? element;
  /** @type {string | null} */
  let open = null;
  function show() {
    const n = Number(store.get("step"));
    bar.hidden = !n || lessonOpen();
    wrapper.toggleAttribute("hidden", bar.hidden);
    if (!n) return;
    back.textContent = store.text("lesson.back", { n: steps[n].place });
    look.textContent = steps[n].tab === open ? steps[n].look : "";
  }
  back.addEventListener("click", () => openLesson(() => {
    const answer = find(document, ".lesson article:not([hidden]) .answer");
    find(answer, "h3").focus({ preventScroll: true });
    scrollTo(answer);
  }));
  end.addEventListener("click", () => {
    point("");
    store.set("step", 0, { settled: true });
    show();
  });
  onLesson(show);
  tabs.onTab((id) => {
    open = id;
    show();
  });
  // Here, as the lesson itself is on the page only once it was opened. A bad step is not scrolled to: what was
  // wrong with it stands on top of the page.
  const n = Number(store.get("step"));
  if (!store.arrivedWith("step")) return;
  if (!store.arrivedWith("tab")) return void tabs.openTab("lesson");
  if (n) tabs.onceOpen(steps[n].tab, () => void standing.then(() => point(steps[n].at)));
}
