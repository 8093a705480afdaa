// How the page lies on the screen, and moving about in it.

/** One column: the same width as in the style's media queries, which cannot be told of it. */
export const NARROW = matchMedia("(max-width: 860px)");
const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const GAP = 8; // pixels between what stays on top and what is scrolled to
const ON_TOP = ".right > .block:has(.tabs-row), .wayback-part"; // what may stay while the page scrolls
const AT = "at-sliders"; // the class of the page while they are on the screen
const AT_SLIDERS = ".numbers-part, .wayback-part"; // the same beside the sliders, in one column

/**
 * Pixels at the top of the screen that are covered once the page has scrolled to `element`.
 * @param {Element} element
 */
function covered(element) {
  const staying = document.querySelectorAll(element.closest(".left") ? AT_SLIDERS : ON_TOP);
  const ends = [...staying].filter((each) => each.checkVisibility()).map((each) => {
    const { position, top } = getComputedStyle(each);
    return position === "sticky" ? (parseFloat(top) || 0) + each.clientHeight : 0;
  });
  return Math.max(0, ...ends);
}

/**
 * Brings the top of `element` below what stays on top. Only this page moves: `scrollIntoView` would move the page
 * that frames it as well.
 * @param {Element | null | undefined} element
 * @param {{ above?: number, calm?: boolean }} [how] `above`: pixels to leave above it; `calm`: at once
 */
export function scrollTo(element, { above = 0, calm = CALM.matches } = {}) {
  if (!element) return;
  if (element.closest(".left")) element.closest(".house")?.classList.add(AT); // what stays then covers more
  const top = element.getBoundingClientRect().top + window.scrollY - covered(element) - GAP - above;
  window.scrollTo({ top: Math.max(0, top), behavior: calm ? "instant" : "smooth" });
}

/**
 * Marks the page while the sliders are on the screen, for what is to stay beside them.
 * @param {Element} sliders
 * @param {Element} page
 */
export const whileAtSliders = (sliders, page) => new IntersectionObserver(([entry]) => {
  page.classList.toggle(AT, entry.isIntersecting);
}).observe(sliders);
