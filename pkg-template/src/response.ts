/** Puts an API's answer together again, so that it is a `Response` like any other. */
import type { FlatResponse } from './protocol.js';
import { pullFrom } from './pull.js';

/** The statuses that come without a body (Fetch standard section 2.2.3). A stream of theirs is not taken. */
const WITHOUT_BODY = [204, 205, 304];

/** The `Response` that the vault took apart. */
export function rebuild(flat: FlatResponse, signal: AbortSignal | null): Response {
  const { body, status, statusText, headers, url, redirected, type } = flat;
  let stream = body instanceof MessagePort ? pullFrom(body) : body;
  if (stream && signal) stream = untilAborted(stream, signal);
  // An opaque redirect (`redirect: 'manual'`) has status 0, which only this one gives.
  const response =
    status === 0
      ? Response.error()
      : new Response(WITHOUT_BODY.includes(status) ? null : stream, { status, statusText, headers });
  return withFacts(response, { url, redirected, type });
}

/** The same stream, which an abort ends at once and with the caller's own reason. */
function untilAborted(stream: ReadableStream<Uint8Array>, signal: AbortSignal): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  let stop: () => void;
  return new ReadableStream({
    start(controller) {
      stop = () => {
        controller.error(signal.reason);
        reader.cancel().catch(() => {});
      };
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (signal.aborted) return;
      if (!done) return controller.enqueue(value);
      signal.removeEventListener('abort', stop);
      controller.close();
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/** `new Response` can't be told these; a clone has to know them, too. */
function withFacts(response: Response, facts: Pick<Response, 'url' | 'redirected' | 'type'>): Response {
  const clone = response.clone.bind(response);
  return Object.defineProperties(response, {
    url: { value: facts.url },
    redirected: { value: facts.redirected },
    type: { value: facts.type },
    clone: { value: () => withFacts(clone(), facts) },
  });
}
