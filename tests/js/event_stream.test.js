// A stream that the server closes while a job goes on is continued, and nobody hears of it.

import assert from "node:assert/strict";
import test from "node:test";
import { continued } from "../../assets/live/event_stream.js";

const completed = (/** @type {string} */ id) => `data: {"msg":"process_completed","event_id":"${id}"}\n\n`;
const CLOSE = 'data: {"msg":"close_stream","event_id":null}\n\n';

/**
 * An answer whose body comes in pieces that end anywhere.
 * @param {string} text
 */
function answer(text) {
  const pieces = text.match(/[^]{1,7}/g) ?? [];
  return new Response(new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  }), { status: 200, headers: { "content-type": "text/event-stream" } });
}

/**
 * What is heard and passed on of these streams, one after the other; `jobs` begin before the first is closed.
 * @param {string[]} streams
 * @param {string[]} jobs
 */
async function follow(streams, jobs) {
  const open = new Set(jobs);
  /** @type {string[]} */
  const log = [];
  const [first = "", ...more] = streams;
  const stream = continued(answer(first), () => Promise.resolve(answer(more.shift() ?? "")), {
    heard: (message) => {
      log.push(message);
      for (const id of open) if (message.includes(`"${id}"`)) open.delete(id);
    },
    wanted: () => open.size > 0,
    closing: () => log.push("closing"),
    closed: () => log.push("closed"),
  });
  return { passed: await stream.text(), log, left: more.length, stream };
}

test("each message is heard whole before it is passed on, and the close with a word beforehand", async () => {
  const { passed, log, stream } = await follow([completed("a") + CLOSE], ["a"]);
  assert.equal(passed, completed("a") + CLOSE);
  assert.deepEqual(log, [completed("a").trim(), CLOSE.trim(), "closing", "closed"]);
  assert.equal(stream.headers.get("content-type"), "text/event-stream");
});

test("a job that began before the close is told of on the next stream, as if it were the same", async () => {
  const { passed, left } = await follow([completed("a") + CLOSE, completed("b") + CLOSE], ["a", "b"]);
  assert.equal(passed, completed("a") + completed("b") + CLOSE);
  assert.equal(left, 0);
});

test("a stream that breaks off is not asked for again", async () => {
  const { passed, left, log } = await follow([completed("a"), completed("b")], ["a", "b"]);
  assert.equal(passed, completed("a"));
  assert.equal(left, 1);
  assert.equal(log.at(-1), "closed");
});

test("why there is no stream is passed on", async () => {
  const { passed } = await follow(['{"detail":"Too many."}'], ["a"]);
  assert.equal(passed.trim(), '{"detail":"Too many."}');
});
