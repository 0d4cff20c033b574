/** Puts an API's answer together again, so that it is a `Response` like any other. */
import type { Answer } from './channel.js';
import { hasByteStreams, pullFrom } from './pull.js';

/** What `new Response` takes for no status, or for one that has no body: no fetch does. */
const ODD = /^(0|20[45]|304|[6-9]..)$/;

const READERS = ['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text'] as const;

/** The `Response` that the vault took apart. `signal` ends its body, and so does `loss`. */
export function rebuild({ response, loss }: Answer, signal: AbortSignal): Response {
  const { headers, body, ...facts } = response;
  const { status, statusText } = facts;
  const init = { status: ODD.test(`${status}`) ? 200 : status, statusText, headers };
  const content = body instanceof MessagePort ? pullFrom(body, [signal, loss]) : body;
  // In WebKit only a stream is locked once it was read, as the network's own bodies are.
  return withFacts(new Response(hasByteStreams ? content : new Response(content).body, init), facts, signal);
}

/** `new Response` can't be told these; a clone has to know them, too. */
function withFacts(response: Response, facts: Partial<Response>, signal: AbortSignal): Response {
  const define = (name: string, value: unknown) => Object.defineProperty(response, name, { value });
  for (const [name, value] of Object.entries(facts)) define(name, value);
  const clone = response.clone.bind(response);
  define('clone', () => withFacts(clone(), facts, signal));
  for (const name of READERS) {
    const read = response[name]?.bind(response);
    // For whatever a script's stream fails with, Chromium and WebKit have a TypeError here, and Firefox an AbortError.
    if (read) {
      define(name, async () => {
        // Where all of it is here already, the stream knows of no abort.
        if (response.body && !response.bodyUsed) signal.throwIfAborted();
        return read().catch((error: Error) => {
          signal.throwIfAborted();
          throw error.name === 'AbortError' ? new TypeError(error.message) : error;
        });
      });
    }
  }
  return response;
}
