/**
 * Where `auth.fetch` is not `window.fetch`, with the reason. The cases that show a difference name it, in the browsers
 * that have it; each must have one. The table of docs/fetch.md is made from this list.
 */
export const differences = {
  authorization: {
    what: 'An `Authorization` header of the caller’s is refused (`authorization_header`).',
    why: 'The header belongs to the vault, and there can be one only.',
  },
  redirect: {
    what: 'A redirect is an error unless the call itself says `redirect: "follow"` or `"manual"`. In a `Request`, `follow` does not count: every `Request` has it.',
    why: 'A token must not be led to where `resources` does not lead.',
  },
  'no-cors': {
    what: '`mode: "no-cors"` is refused (`invalid_argument`).',
    why: 'Such a request can’t carry a token, and its answer can’t be read.',
  },
  retry: {
    what: 'A 401 may be the second one: the call was repeated once with another token.',
    why: 'That is what the vault is for. A call whose body is a stream is not repeated.',
  },
  preflight: {
    what: 'A request to another origin is preflighted, a plain GET, too (not in WebKit, whose workers send that at once).',
    why: 'CORS asks for it where there is an `Authorization` header.',
  },
  referrer: {
    what: 'Without `referrer`, the referrer is the worker’s URL, under the policy of the worker’s own response.',
    why: 'The request is the worker’s. The page’s URL may hold an authorization code; it stays in the page unless the call names it.',
  },
  conditional: {
    what: 'Chromium adds `Cache-Control: max-age=0` to a conditional request of a page’s, and not to a worker’s.',
    why: 'The browser’s own rule.',
  },
  reason: {
    what: 'A call that is aborted fails with `signal.reason`, in all browsers. In WebKit `window.fetch` has an `AbortError` for every reason, in Firefox `text()` and its like.',
    why: 'The standard asks for the reason, and a `TimeoutError` is worth knowing.',
  },
  'stream-upload': {
    what: 'WebKit refuses streams as bodies; `auth.fetch` reads the stream to its end and sends the bytes.',
    why: 'It works, for a stream that ends.',
  },
  'form-request': {
    what: 'In WebKit a `Request` that holds a `FormData` with files can’t be sent; give the `FormData` to `auth.fetch` itself.',
    why: 'No script there can read such a `Request`.',
  },
  'mutable-headers': {
    what: '`response.headers` can be changed.',
    why: 'No script can make a `Response` whose headers can’t.',
  },
};
