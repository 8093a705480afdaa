// What is refused at the door (ui/doorman.py) never becomes a job, and Gradio's page does not say so: it waits.

const JOIN = "/queue/join";
const before = window.fetch;

/** Calls `then(sentence)` for each request to join the queue that was refused. */
export function whenRefused(then) {
  window.fetch = async (...args) => {
    const answer = await before.apply(window, args);
    const address = String(args[0]?.url ?? args[0]);
    if (!answer.ok && address.includes(JOIN)) {
      const said = await answer.clone().json().catch(() => ({}));
      then([said.detail, said.error].find((reason) => typeof reason === "string"));
    }
    return answer;
  };
}
