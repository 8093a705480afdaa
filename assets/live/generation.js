// What the model says. All of it is set as text.

import { find, make } from "./dom.js";
import { exampleIn } from "./example.js";
import { instead, noticeLine, notices, progress, refusal } from "./progress.js";
import { follow, runOf } from "./runs.js";
import { ending, quietly, speech, speed, stoppedAfter } from "./speech.js";
import { staleness } from "./stale.js";
import * as store from "./store.js";

/** @import { GenerateEvent, PartValues } from "./types" */

const WORDS = { building: "generate.building" };

/** @type {Part<PartValues["generation"]>} */
export function generation(element, props, _trigger, watch) {
  const root = find(element, ".result");
  const run = runOf("generate");
  const stale = staleness(root, run, store.page.generate_fields);
  const prompt = make("span", "", "prompted"), said = make("span", "", "said");
  const line = speech(prompt, said);
  const notice = noticeLine();
  const facts = make("p", "", "facts-line");
  const end = quietly(root);

  /**
   * Puts a text where it is shown; returns what stands above it.
   * @param {GenerateEvent} event
   * @param {import("./store.js").Value | undefined} asked the prompt
   */
  function fill(event, asked) {
    const { start_token: token } = event;
    prompt.textContent = token ?? String(asked);
    said.textContent = event.text;
    facts.textContent = speed(event);
    return token ? [make("p", store.text("generate.start_token", { token }), "hint")] : [];
  }

  follow("generate", element, props, watch, (event) => {
    if ("error" in event) return root.replaceChildren(refusal(event));
    if (event.stage !== "generate") {
      return root.replaceChildren(...notices(event), progress(event, WORDS));
    }
    const intro = fill(event, run.asked?.prompt);
    end.textContent = ending(event);
    if (line.parentElement !== root) root.replaceChildren(notice.node, stale.line, ...intro, line, facts, end);
    notice.look(event);
    stale.look();
  }, (last) => {
    const said = stoppedAfter(last?.stage === "generate" ? last : null);
    if (line.parentElement === root) end.textContent = said;
    else root.replaceChildren(instead(said));
  });
  exampleIn(root, "generate", ({ event, prompt: asked }, above) => {
    if (event.stage === "generate") root.replaceChildren(above, ...fill(event, asked), line);
  });
}
