/** Puts an API's answer together again, so that it is a `Response` like any other. */
import type { FlatResponse } from './protocol.js';
import { pullFrom } from './pull.js';

/** The statuses that come without a body (Fetch standard section 2.2.3). A stream of theirs is not taken. */
const WITHOUT_BODY = [204, 205, 304];

/** The `Response` that the vault took apart. */
export function rebuild({
  body,
  status,
  statusText,
  headers,
  url,
  redirected,
  type,
}: FlatResponse): Response {
  const stream = body instanceof MessagePort ? pullFrom(body) : body;
  // An opaque redirect (`redirect: 'manual'`) has status 0, which only this one gives.
  const response =
    status === 0
      ? Response.error()
      : new Response(WITHOUT_BODY.includes(status) ? null : stream, { status, statusText, headers });
  return withFacts(response, { url, redirected, type });
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
