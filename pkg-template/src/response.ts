/** Puts an API's answer together again, so that it is a `Response` like any other. */
import type { FlatResponse } from './protocol.js';
import { pullFrom } from './pull.js';

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
  const response = new Response(stream, { status, statusText, headers });
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
