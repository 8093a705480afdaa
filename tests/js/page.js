// A page without a browser, for modules that know no element: an address, and frames that pass when a test says so.

import { readFileSync } from "node:fs";
import { register } from "node:module";

register("./hooks.js", import.meta.url);

/**
 * @typedef {object} Modules what can be loaded
 * @property {typeof import("../../assets/live/store.js")} store
 * @property {typeof import("../../assets/live/shapes.js")} shapes
 * @property {typeof import("../../assets/live/formula.js")} formula
 * @property {typeof import("../../assets/live/figures.js")} figures
 * @property {typeof import("../../assets/live/figure_fit.js")} figure_fit
 * @property {typeof import("../../assets/live/figure_words.js")} figure_words
 * @property {typeof import("../../assets/live/mixture.js")} mixture
 * @property {typeof import("../../assets/live/glide.js")} glide
 * @property {typeof import("../../assets/live/player.js")} player
 * @property {typeof import("../../assets/live/steps.js")} steps
 * @property {typeof import("../../assets/live/learnt.js")} learnt
 * @property {typeof import("../../assets/live/training_figure.js")} training_figure
 */

let pages = 0;
/** @type {FrameRequestCallback[]} */
let frames = [];

/**
 * Opens a page; its modules are new ones.
 * @param {{ lang?: string, search?: string, calm?: boolean }} options `calm`: the visitor wants no motion
 */
export function openPage({ lang = "en", search = "", calm = false } = {}) {
  pages += 1;
  const page = pages;
  frames = [];
  Object.assign(globalThis, {
    location: new URL(`http://localhost/${lang === "vi" ? "vi" : ""}${search}`),
    matchMedia: () => ({ matches: calm }),
    requestAnimationFrame: (/** @type {FrameRequestCallback} */ then) => frames.push(then),
    cancelAnimationFrame: (/** @type {number} */ id) => { frames[id - 1] = () => {}; },
  });
  return {
    /** Lets a frame pass that was begun at `now`. */
    frame: (now = performance.now()) => {
      const due = frames;
      frames = [];
      for (const then of due) then(now);
    },
    /**
     * @template {keyof Modules} N
     * @param {N} name
     */
    load: (name) => /** @type {Promise<Modules[N]>} */ (import(`../../assets/live/${name}.js?page=${page}`)),
  };
}

/**
 * What Python says, from the file that write_fixtures.py has written.
 * @param {"counts" | "figures" | "filled" | "entropies"} name
 * @returns {unknown}
 */
export const fixture = (name) =>
  JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8"));
