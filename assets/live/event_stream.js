// The stream on which a server tells how its jobs go on, heard message by message before Gradio's page hears it.

const BETWEEN = "\n\n";
const isClose = (/** @type {string} */ message) => message.includes('"msg":"close_stream"');

/**
 * @typedef {object} Listener
 * @property {(message: string) => void} heard each message, before it is passed on
 * @property {() => boolean} wanted whether a job goes on, so that a stream that the server closes has to go on as well
 * @property {() => void} closing the last message is about to be passed on
 * @property {() => void} closed
 */

/**
 * The answer with which a stream begins, as Gradio's page is to have it. When the last of its jobs has ended, the
 * server closes the stream; a job that has begun by then is told of on the next one, but Gradio opens none while it has
 * not heard of the close. Then `again` opens it here, and nobody hears that one has ended and another has begun.
 * @param {Response} first
 * @param {() => Promise<Response>} again
 * @param {Listener} listener
 */
export function continued(first, again, { heard, wanted, closing, closed }) {
  /** @type {ReadableStreamDefaultReader<string> | undefined} */
  let reader;

  /** @param {Response} answer */
  async function* messages(answer) {
    reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
      const parts = (rest + read.value).split(BETWEEN);
      rest = parts.pop() ?? "";
      yield* parts;
    }
    if (rest) yield rest; // what is no stream: why there is none
  }

  async function* passedOn() {
    try {
      for (let answer = first, more = true; more; answer = more ? await again() : answer) {
        more = false;
        for await (const message of messages(answer)) {
          heard(message);
          more = isClose(message) && wanted();
          if (more) continue;
          if (isClose(message)) closing();
          yield new TextEncoder().encode(message + BETWEEN);
        }
      }
    } finally {
      closed();
    }
  }

  const source = passedOn();
  const body = new ReadableStream({
    async pull(controller) {
      const { value, done } = await source.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader?.cancel(reason),
  });
  return new Response(body, first);
}
