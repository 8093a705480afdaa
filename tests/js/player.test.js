// What plays stages: in their time, by hand, never while nobody sees it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage } from "./page.js";

/** @param {number} count */
async function playerOf(count) {
  const { load, frame } = openPage();
  const { player } = await load("player");
  /** @type {[number, boolean][]} */
  const shown = [];
  const played = player({
    count: () => count, duration: () => 100, show: (at, goesOn) => shown.push([at, goesOn]),
  });
  const begin = performance.now();
  return { played, shown, pass: (/** @type {number} */ after) => frame(begin + after) };
}

test("stages follow one another in their time, and the last one stays", async () => {
  const { played, shown, pass } = await playerOf(3);
  played.begin(true);
  for (const after of [50, 120, 150, 230, 300, 500]) pass(after);
  assert.deepEqual(shown, [[0, true], [1, true], [2, false]]);
  assert.equal(played.playing(), false);
});

test("by hand it stands, and goes no further than there are stages", async () => {
  const { played, shown, pass } = await playerOf(3);
  played.begin(true);
  played.go(1);
  pass(500);
  played.go(9);
  played.go(-1);
  assert.deepEqual(shown.slice(1), [[1, false], [2, false], [0, false]]);
});

test("pause and on again; at the end it begins anew", async () => {
  const { played, pass } = await playerOf(2);
  played.begin(true);
  played.toggle();
  pass(500);
  assert.deepEqual([played.at(), played.playing()], [0, false]);
  played.toggle();
  pass(500);
  assert.deepEqual([played.at(), played.playing()], [1, false]);
  played.toggle();
  assert.deepEqual([played.at(), played.playing()], [0, true]);
});

test("while nobody sees it, it waits", async () => {
  const { played, pass } = await playerOf(3);
  played.begin(true);
  played.see(false);
  pass(500);
  assert.deepEqual([played.at(), played.playing()], [0, true]);
  played.see(true);
  pass(1000);
  assert.equal(played.at(), 1);
});

test("where there is one stage only, nothing follows", async () => {
  const { played, shown, pass } = await playerOf(1);
  played.begin(true);
  pass(500);
  assert.deepEqual(shown, [[0, false]]);
});
