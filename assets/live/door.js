// What is refused at the door (ui/doorman.py) never becomes a job, and Gradio's page does not say so: it waits.

const JOIN = "/queue/join";
const before = window.fetch;

// The elem_id of what was pressed, as Gradio's own page knows it.
const idOf = (component) => window.gradio_config.components.find(({ id }) => id === component)?.props.elem_id;

/** Calls `then(id, sentence)` for each press whose request to join the queue was refused. */
export function whenRefused(then) {
  window.fetch = async (...args) => {
    const answer = await before.apply(window, args);
    const address = String(args[0]?.url ?? args[0]);
    if (!answer.ok && address.includes(JOIN)) {
      const said = await answer.clone().json().catch(() => ({}));
      const pressed = idOf(JSON.parse(args[1]?.body ?? "{}").trigger_id);
      then(pressed, [said.detail, said.error].find((reason) => typeof reason === "string"));
    }
    return answer;
  };
}
