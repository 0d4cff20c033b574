/** Takes a request apart, so that it can travel to the vault. */
import type { FlatRequest } from './protocol.js';

/** The parts of `request`, and what of them is handed over instead of copied. */
export interface Parts {
  request: FlatRequest;
  transfer: Transferable[];
}

const COPIED = [
  'method',
  'mode',
  'credentials',
  'cache',
  'referrerPolicy',
  'integrity',
  'keepalive',
] as const;

/** From how many bytes on a body of bytes travels as a blob. */
const LARGE = 65_536;

/**
 * Reads the arguments of `fetch` as the platform does: by its own `Request`, with its errors. `isLate`: the caller may
 * have changed its body since.
 */
export async function flatten(
  request: Request,
  given: RequestInit | undefined,
  isLate?: boolean,
): Promise<Parts> {
  const init: FlatRequest['init'] = { headers: [...request.headers] };
  for (const name of COPIED) (init as object as Record<string, unknown>)[name] = request[name];
  // 'follow' is the platform's default, so only the caller's own word for it counts.
  init.redirect = given?.redirect ?? (request.redirect === 'follow' ? 'error' : request.redirect);
  // The page's URL stays here unless the caller names it: it may hold a code.
  if (request.referrer !== 'about:client') init.referrer = request.referrer;
  if (given?.priority) init.priority = given.priority;
  const flat: FlatRequest = { url: request.url, init };
  const transfer: Transferable[] = [];
  if (!isLate && given?.body instanceof FormData) {
    flat.form = [...given.body];
    // The vault's own request has a boundary of its own.
    if (!new Headers(given.headers).has('content-type')) {
      init.headers = init.headers.filter(([name]) => name !== 'content-type');
    }
  } else {
    const body = await takeBody(request, given?.body, isLate);
    if (body !== null) init.body = body;
    if (body instanceof ArrayBuffer) transfer.push(body);
    if (body instanceof ReadableStream) {
      init.duplex = 'half';
      transfer.push(body as unknown as Transferable);
    }
  }
  return { request: flat, transfer };
}

/** The request's body: a stream where the browser sends streams, what can't change as it is, many bytes as a blob, anything else as its bytes. */
async function takeBody(
  request: Request,
  given: BodyInit | null | undefined,
  isLate?: boolean,
): Promise<BodyInit | null> {
  if (given instanceof Blob || typeof given === 'string') return given;
  if (given instanceof ReadableStream && 'duplex' in request) return request.body;
  // Firefox has no Request.body; a request without one has no bytes there.
  if (request.body === null) return null;
  // A message copies what is large, and so does each step of a worker's request. A blob is copied once, now.
  if (!isLate && (given instanceof ArrayBuffer || ArrayBuffer.isView(given)) && given.byteLength > LARGE)
    return new Blob([given]);
  const bytes = await request.arrayBuffer();
  return bytes.byteLength > 0 || given != null ? bytes : null;
}
