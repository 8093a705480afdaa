// Plays stages one after the other, by itself or by hand. It draws nothing and knows no element.

/**
 * What is played.
 * @typedef {object} Played
 * @property {() => number} count how many stages there are
 * @property {(at: number) => number} duration milliseconds that a stage stands
 * @property {(at: number, playing: boolean) => void} show a stage, and whether the next one is to follow
 */

/** @param {Played} played */
export function player({ count, duration, show }) {
  let at = 0, playing = false, seen = true;
  let frame = 0, since = 0;

  function plan() {
    cancelAnimationFrame(frame);
    since = performance.now();
    if (playing && seen) frame = requestAnimationFrame(tick);
  }
  /** @param {number} now */
  function tick(now) {
    const over = now - since - duration(at);
    if (over >= 0) {
      at += 1;
      playing = at < count() - 1;
      since = now - Math.min(over, duration(at)); // what came late does not make all that follows late
      show(at, playing);
    }
    if (playing) frame = requestAnimationFrame(tick);
  }
  /**
   * @param {number} to
   * @param {boolean} goesOn
   */
  function stand(to, goesOn) {
    at = Math.max(0, Math.min(count() - 1, to));
    playing = goesOn && at < count() - 1;
    show(at, playing);
    plan();
  }
  return {
    /** From the first stage on. @param {boolean} goesOn */
    begin: (goesOn) => stand(0, goesOn),
    /** Pause, or go on; at the end, once more. */
    toggle: () => stand(!playing && at >= count() - 1 ? 0 : at, !playing),
    /** Stands at a stage. @param {number} to */
    go: (to) => stand(to, false),
    /** Waits while nobody can see it. @param {boolean} visible */
    see: (visible) => {
      seen = visible;
      plan();
    },
    at: () => at,
    playing: () => playing,
  };
}
