/** Takes a request apart, so that it can travel to the vault. */
import type { FlatRequest } from './protocol.js';
import { canTransferStreams } from './streams.js';

/** The parts of `request`, and what of them is handed over instead of copied. */
export interface Parts {
  request: FlatRequest;
  transfer: Transferable[];
}

/** Reads the arguments of `fetch` as the platform does: by its own `Request`, with its errors. */
export async function flatten(request: Request, init: RequestInit | undefined): Promise<Parts> {
  const { method, mode, credentials, cache, redirect, referrer, referrerPolicy, integrity, keepalive } =
    request;
  const flat: FlatRequest = {
    url: request.url,
    init: {
      method,
      headers: [...request.headers],
      mode,
      credentials,
      cache,
      redirect,
      // The page's URL stays here unless the caller names it: it may hold a code.
      ...(referrer !== 'about:client' && { referrer }),
      referrerPolicy,
      integrity,
      keepalive,
    },
  };
  if (init?.priority) flat.init.priority = init.priority;
  const transfer: Transferable[] = [];
  if (init?.body instanceof FormData) {
    flat.form = [...init.body];
    // The vault's own request has a boundary of its own.
    if (!new Headers(init.headers).has('content-type')) {
      flat.init.headers = flat.init.headers.filter(([name]) => name !== 'content-type');
    }
    return { request: flat, transfer };
  }
  const body = await takeBody(request, init?.body);
  if (body !== null) {
    flat.init.body = body;
    if (body instanceof ArrayBuffer) transfer.push(body);
    if (body instanceof ReadableStream) {
      flat.init.duplex = 'half';
      transfer.push(body as unknown as Transferable);
    }
  }
  return { request: flat, transfer };
}

/** The request's body: a stream where it was one and can travel, a Blob as it is, anything else as its bytes. */
async function takeBody(request: Request, given: BodyInit | null | undefined): Promise<BodyInit | null> {
  if (given instanceof Blob) return given;
  if (given instanceof ReadableStream && request.body && canTransferStreams()) return request.body;
  // Firefox has no Request.body; a request without one has no bytes there.
  if (request.body === null) return null;
  const bytes = await request.arrayBuffer();
  return bytes.byteLength > 0 || given != null ? bytes : null;
}
