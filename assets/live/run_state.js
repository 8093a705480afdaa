// A run from the press that starts it to its end, as states: what may happen in each, and what comes of it. runs.js has
// one of these for each button, and does what a state asks for.

/**
 * - idle: it may be started.
 * - starting: asked for; the server has not answered yet.
 * - running: the server knows it, and can be told to end it.
 * - withdrawn: stopped before the server had answered; what it does not know it cannot end.
 * - stopping: the server was told to end it, and has not let go of it yet.
 * @typedef {"idle" | "starting" | "running" | "withdrawn" | "stopping"} RunState
 */
/**
 * - press, stop: what the visitor does.
 * - join, refuse: the server's answer to the press.
 * - finish: the run's last event.
 * - lose: the connection is gone, and nothing more of it can be heard.
 * - release: the server has let go of a stopped run.
 * @typedef {"press" | "stop" | "join" | "refuse" | "finish" | "lose" | "release"} Occurrence
 */

/** @type {Readonly<Record<RunState, Readonly<Partial<Record<Occurrence, RunState>>>>>} */
const TRANSITIONS = {
  idle: { press: "starting" },
  starting: { join: "running", refuse: "idle", stop: "withdrawn" },
  running: { finish: "idle", stop: "stopping", lose: "idle" },
  withdrawn: { join: "stopping", refuse: "idle" },
  stopping: { release: "idle" },
};

/**
 * The state after an occurrence, or null where it means nothing: a second press, say.
 * @param {RunState} state
 * @param {Occurrence} occurrence
 * @returns {RunState | null}
 */
export const after = (state, occurrence) => TRANSITIONS[state][occurrence] ?? null;

/** Whether there is something to stop. @param {RunState} state */
export const canStop = (state) => after(state, "stop") !== null;
