// The states of a run, walked as visitors and servers walk them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { after, canStop } from "../../assets/live/run_state.js";

/** @typedef {import("../../assets/live/run_state.js").Occurrence} Occurrence */
/** @typedef {import("../../assets/live/run_state.js").RunState} RunState */

/** @type {Occurrence[]} */
const OCCURRENCES = ["press", "stop", "join", "refuse", "finish", "lose", "release"];

/**
 * The states that a run goes through; what means nothing leaves it where it is.
 * @param {...Occurrence} occurrences
 */
function walk(...occurrences) {
  /** @type {RunState[]} */
  const states = ["idle"];
  for (const each of occurrences) states.push(after(states[states.length - 1], each) ?? states[states.length - 1]);
  return states.slice(1);
}

test("a run that comes to its end", () => {
  assert.deepEqual(walk("press", "join", "finish"), ["starting", "running", "idle"]);
});

test("a run whose server is gone may be pressed again", () => {
  assert.deepEqual(walk("press", "join", "lose", "press"), ["starting", "running", "idle", "starting"]);
});

test("a run that is stopped: nothing new begins until the server has let go of it", () => {
  assert.deepEqual(walk("press", "join", "stop", "press", "release", "press"),
    ["starting", "running", "stopping", "stopping", "idle", "starting"]);
});

test("a Stop before the server has answered waits for the answer, and for nothing else", () => {
  assert.deepEqual(walk("press", "stop", "press", "finish", "release", "join", "release"),
    ["starting", "withdrawn", "withdrawn", "withdrawn", "withdrawn", "stopping", "idle"]);
  assert.deepEqual(walk("press", "stop", "refuse"), ["starting", "withdrawn", "idle"]);
});

test("who is refused may try again; a refusal of something else ends no run", () => {
  assert.deepEqual(walk("press", "refuse", "press"), ["starting", "idle", "starting"]);
  assert.deepEqual(walk("press", "join", "refuse"), ["starting", "running", "running"]);
});

test("what comes late, after the end, means nothing", () => {
  for (const late of OCCURRENCES.filter((each) => each !== "press")) assert.equal(after("idle", late), null);
  assert.equal(after("stopping", "finish"), null);
});

test("Stop is there while there is something to stop, and from each state a run finds its way to idle", () => {
  /** @type {Record<RunState, boolean>} */
  const stoppable = { idle: false, starting: true, running: true, withdrawn: false, stopping: false };
  for (const state of /** @type {RunState[]} */ (Object.keys(stoppable))) {
    assert.equal(canStop(state), stoppable[state], state);
    const reached = new Set([state]);
    for (const from of reached) {
      for (const each of OCCURRENCES) {
        const next = after(from, each);
        if (next) reached.add(next);
      }
    }
    assert.ok(reached.has("idle"), state);
  }
});
