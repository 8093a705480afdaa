// A run's curve: how far its axes go, what it draws and says.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage } from "./page.js";
import { told } from "./training_event.js";

test("the axis of tokens goes as far as the run will, and does not move", async () => {
  const { reachOf } = await openPage().load("training_figure");
  assert.equal(reachOf(told(), "tokens", 0), 10_000);
  assert.equal(reachOf(told({ step: 11, tokens_seen: 1100 }), "tokens", 10_000), 10_000);
});

test("the axis of seconds goes by an estimate, and moves seldom", async () => {
  const { reachOf } = await openPage().load("training_figure");
  const first = reachOf(told(), "seconds", 0);
  assert.equal(first, 20);
  assert.equal(reachOf(told({ step: 20, seconds: 3.6 }), "seconds", first), first, "18 s are near enough");
  assert.equal(reachOf(told({ step: 20, seconds: 5 }), "seconds", first), 30, "25 s are more");
  assert.equal(reachOf(told({ step: 40 }), "seconds", first), 5, "and 5 s far less");
  assert.equal(reachOf(told({ step: 100, seconds: 17.3, done: true }), "seconds", first), 17.3);
});

test("before the steps are known there is an axis all the same", async () => {
  const { load } = openPage();
  const [{ figureOf, reachOf }, store] = [await load("training_figure"), await load("store")];
  const none = { steps: [], tokens: [], seconds: [], values: [] };
  const event = told({ step: 0, steps: 0, tokens_seen: 0, seconds: 0, training: none, validation: none });
  const reach = reachOf(event, "tokens", 0);
  assert.ok(reach > 0);
  const { layout } = figureOf(store.page.charts.training, event, "tokens", reach);
  assert.deepEqual(layout.xaxis?.tickvals, []);
  assert.ok((layout.yaxis?.range ?? [])[1] > event.start_loss);
});

test("before the first step nobody knows how many tokens a step has", async () => {
  const { load } = openPage();
  const [{ figureOf }, store] = [await load("training_figure"), await load("store")];
  const ticks = (/** @type {import("../../assets/live/types").TrainEvent} */ event) =>
    figureOf(store.page.charts.training, event, "tokens", 1).layout.xaxis?.tickvals;
  assert.deepEqual(ticks(told({ step: 0, steps: 100, tokens_seen: 0 })), []);
  assert.equal(ticks(told({ step: 1, steps: 100 })), undefined);
});

test("the floor is drawn where there is one", async () => {
  const { load } = openPage();
  const [{ figureOf, sentenceOf }, { page }] = [await load("training_figure"), await load("store")];
  const names = (/** @type {import("../../assets/live/types").TrainEvent} */ event) =>
    figureOf(page.charts.training, event, "seconds", 20).data.map((trace) => trace.type === "scatter" && trace.name);
  assert.equal(names(told()).length, 4);
  assert.deepEqual(names(told({ floor: null })), names(told()).slice(0, 3));
  assert.match(sentenceOf(told()), /3\.500 .* 5\.400\. .* 5\.500\. .* 0\.200/);
  assert.doesNotMatch(sentenceOf(told({ floor: null })), /entropy/);
});

test("the table has what was measured at each point", async () => {
  const { rowsOf } = await openPage({ lang: "vi" }).load("training_figure");
  const { head, lines } = rowsOf(told());
  assert.equal(head?.length, 5);
  assert.deepEqual(lines, [["0", "0", "0,0", "", "5,400"], ["10", "1.000", "2,0", "4,000", "3,500"]]);
});
