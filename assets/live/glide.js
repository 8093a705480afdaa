// Motion that explains: where the shape jumps (a preset, the lesson), charts go from the old counts to the new
// ones, so that the eye sees what grows. A drag moves by itself, and who asked for no motion gets none.

const MILLISECONDS = 400;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** @import { Numbers } from "./store.js" */

/**
 * Calls `draw` with counts from `from` to `to`, frame by frame, the last time with `to`; returns what stops it.
 * @param {Numbers} from
 * @param {Numbers} to
 * @param {(counts: Numbers) => void} draw
 */
export function glide(from, to, draw) {
  if (calm.matches) {
    draw(to);
    return () => {};
  }
  const begin = performance.now();
  let frame = requestAnimationFrame(step);
  /** @param {number} now */
  function step(now) {
    const done = Math.max(0, (now - begin) / MILLISECONDS); // a frame has the time at which it was begun
    if (done >= 1) return draw(to);
    const rest = (1 - done) ** 3;
    /** @type {Numbers} */
    const between = {};
    for (const [name, n] of Object.entries(to)) between[name] = Math.round(n + rest * (from[name] - n));
    draw(between);
    frame = requestAnimationFrame(step);
  }
  return () => cancelAnimationFrame(frame);
}
