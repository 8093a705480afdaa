// What a part shows of a run besides its result: that it waits, how far it is, that it was refused or stopped.

import { make } from "./dom.js";
import * as store from "./store.js";

/** @import { Notice, RefusalEvent, WorkingEvent } from "./types" */

/**
 * A bar with what it is about; without a share of 0 to 1 it only says that something goes on.
 * @param {string} label
 * @param {number} [share]
 */
function bar(label, share) {
  const box = make("div", "", "working");
  const meter = make("progress");
  meter.max = 1;
  if (share) meter.value = share;
  meter.setAttribute("aria-label", label);
  box.append(make("p", label), meter);
  return box;
}

/**
 * What happens before there is a result: the place in line, how much of the model is built, or what is done with it.
 * `words` are the texts for the last two.
 * @param {WorkingEvent} event
 * @param {{ building: string, working?: string }} words
 */
export function progress(event, { building, working }) {
  if (working && (event.stage === "count" || event.stage === "lab")) return bar(store.text(working));
  if (event.stage === "build" && event.progress) {
    return bar(store.text(building, { share: store.percent(event.progress, 0) }), event.progress);
  }
  const place = event.stage === "wait" ? event.place : undefined;
  return bar(place ? store.text("build.in_line", { place: store.count(place) }) : store.text("build.waiting"));
}

/** What is said above everything else of a run. @param {{ notice?: Notice }} event */
export const notices = (event) => (event.notice ? [make("p", store.text(`build.${event.notice}`), "notice")] : []);

/** The same as a line that stays with a text and says what is so now, calmly: to a screen reader as well. */
export function noticeLine() {
  const node = make("p", "", "notice");
  node.setAttribute("role", "status");
  node.hidden = true;
  return {
    node,
    /** @param {{ notice?: Notice }} event */
    look(event) {
      node.hidden = !event.notice;
      const said = event.notice ? store.text(`build.${event.notice}`) : "";
      if (node.textContent !== said) node.textContent = said;
    },
  };
}

/** The sentence on why there is no result. @param {RefusalEvent} event */
export function refusal(event) {
  const node = make("p", event.error, "refusal");
  node.setAttribute("role", "alert");
  return node;
}

/** A sentence in the place of a result. @param {string} sentence */
export const instead = (sentence) => make("p", sentence, "empty");
