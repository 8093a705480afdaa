// What Gradio's page does not tell: which job a press has become, who was refused (middleware/rate_limit.py), and
// when the server has let go of a job. Its requests are watched as they pass by.

import { continued } from "./event_stream.js";

/**
 * A job as the server names it.
 * @typedef {{ event_id: string, fn_index: number, session_hash: string }} Job
 */
/**
 * @typedef {object} Watcher
 * @property {(pressed: string | undefined, job: Job) => void} joined `pressed` is the elem_id of the button
 * @property {(pressed: string | undefined, sentence: string | undefined) => void} refused
 * @property {(pressed: string | undefined) => string} unheard the press has not come to the server; the sentence for it
 * @property {(event_id: string) => void} lost the connection is gone before the last word of this job
 */

const JOIN = "/queue/join", STREAM = "/queue/data", CANCEL = "/cancel";
const PROXYS = [502, 504]; // what a proxy answers for a server that is gone
const TAKEN_MS = 50;
const LOST_MS = 1000; // after the last stream has closed, jobs without a last word are taken to be lost
const fetchBefore = window.fetch.bind(window);

/** @type {Set<string>} jobs of which the last word has not been heard yet, by event_id */
const open = new Set();
/** @type {Set<string>} jobs that had ended before the press that began them was answered */
const ended = new Set();
/** @type {Promise<void>} when Gradio has taken in that the last stream is closed, so that it opens another */
let taken = Promise.resolve();
/** @type {Set<() => void>} to be called when a job has ended or a stream has closed */
const waiting = new Set();
let streams = 0; // of events, that are open
let cancelAddress = "";

/** @param {number} id of a component, as Gradio's own page knows it */
const idOf = (id) => window.gradio_config.components.find((component) => component.id === id)?.props.elem_id;

/** @param {Parameters<typeof fetch>} request */
const addressOf = ([input]) => (input instanceof Request ? input.url : String(input));

/**
 * A message as an object whose fields are unknown; empty if it is none.
 * @param {string} text
 * @returns {Record<string, unknown>}
 */
function parsed(text) {
  try {
    /** @type {unknown} */
    const said = JSON.parse(text);
    return typeof said === "object" && said ? { ...said } : {};
  } catch {
    return {};
  }
}

/** Watches the requests with which presses become jobs. @param {Watcher} watcher */
export function watchJoins(watcher) {
  window.fetch = async (...request) => {
    const address = addressOf(request);
    if (address.includes(JOIN)) return join(request, watcher);
    return address.includes(STREAM) ? listen(request, watcher) : fetchBefore(...request);
  };
}

/**
 * The watcher is told before Gradio is, so that nothing of a job can be heard before the job is known.
 * @param {Parameters<typeof fetch>} request
 * @param {Watcher} watcher
 */
async function join(request, { joined, refused, unheard }) {
  const body = request[1]?.body;
  const asked = parsed(typeof body === "string" ? body : "");
  const pressed = idOf(Number(asked.trigger_id));
  try {
    const answer = await fetchBefore(...request);
    const said = parsed(await answer.clone().text());
    if (answer.ok && typeof said.event_id === "string") {
      if (!ended.delete(said.event_id)) open.add(said.event_id);
      await taken;
      cancelAddress = addressOf(request).split(JOIN)[0] + CANCEL;
      joined(pressed, {
        event_id: said.event_id, fn_index: Number(asked.fn_index), session_hash: String(asked.session_hash),
      });
    } else if (PROXYS.includes(answer.status)) {
      // Gradio would show what is wrong with a proxy's page as JSON.
      return Response.json({ detail: unheard(pressed) }, { status: 503 });
    } else {
      refused(pressed, [said.detail, said.error].find((reason) => typeof reason === "string"));
    }
    return answer;
  } catch (failure) { // the network's
    unheard(pressed);
    throw failure;
  }
}

/**
 * @param {Parameters<typeof fetch>} request
 * @param {Watcher} watcher
 */
async function listen(request, { lost }) {
  streams += 1;
  try {
    return continued(await fetchBefore(...request), () => fetchBefore(...request), {
      heard,
      wanted: () => open.size > 0,
      closing: () => { taken = new Promise((done) => { setTimeout(done, TAKEN_MS); }); },
      closed: () => closed(lost),
    });
  } catch (failure) {
    closed(lost);
    throw failure;
  }
}

/** @param {string} message */
function heard(message) {
  if (!message.includes('"msg":"process_completed"')) return; // the many others are not looked into
  const id = String(parsed(message.replace("data:", "")).event_id);
  if (!open.delete(id)) ended.add(id);
  look();
}

/** @param {Watcher["lost"]} lost */
function closed(lost) {
  streams -= 1;
  look();
  const left = [...open]; // a job that begins later is told of on a stream that Gradio opens later
  setTimeout(() => {
    if (streams) return;
    for (const id of left) if (open.delete(id)) lost(id);
  }, LOST_MS);
}
const look = () => waiting.forEach((then) => then());

/** Whether the last word of a job has been heard, or will never be. @param {Job} job */
const settled = (job) => streams === 0 || !open.has(job.event_id);

/**
 * Ends a job. Resolves when the server has let go of it.
 * Gradio's own way does not do: it would name no job while the answer to the press is on its way.
 * @param {Job} job
 */
export async function cancel(job) {
  try {
    const headers = { "Content-Type": "application/json" };
    await fetchBefore(cancelAddress, { method: "POST", headers, body: JSON.stringify(job) });
  } catch {
    return; // without a network there is nobody to wait for
  }
  if (settled(job)) return;
  await new Promise((/** @type {(value: null) => void} */ done) => {
    const then = () => {
      if (!settled(job)) return;
      waiting.delete(then);
      done(null);
    };
    waiting.add(then);
  });
}
