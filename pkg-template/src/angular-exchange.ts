/** One request of HttpClient's made by a `fetch`, with the events and errors of Angular's own FetchBackend. */
import {
  type HttpDownloadProgressEvent,
  HttpErrorResponse,
  HttpEventType,
  HttpHeaderResponse,
  HttpHeaders,
  HttpResponse,
  type HttpEvent,
  type HttpRequest,
} from '@angular/common/http';
import { NgZone } from '@angular/core';
import { Observable } from 'rxjs';
import type { AuthClient } from './index.js';

type Emit = (event: HttpEvent<unknown>) => void;

/** Each subscription is one call; its end aborts it. */
export function exchange(
  request: HttpRequest<unknown>,
  fetch: AuthClient['fetch'],
  zone: NgZone,
): Observable<HttpEvent<unknown>> {
  return new Observable((subscriber) => {
    const aborter = new AbortController();
    // Chunks come outside the zone, and what the app hears of comes where it subscribed.
    const enter = NgZone.isInAngularZone()
      ? (step: () => void) => zone.run(step)
      : (step: () => void) => step();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const call = fetchAs(request, fetch, aborter.signal, (event) => enter(() => subscriber.next(event)));
    zone.runOutsideAngular(() => {
      const timeOut = () => aborter.abort(new DOMException('signal timed out', 'TimeoutError'));
      if (request.timeout) timer = setTimeout(timeOut, request.timeout);
      call().then(
        () => enter(() => subscriber.complete()),
        (error) => enter(() => subscriber.error(error)),
      );
    });
    return () => {
      clearTimeout(timer);
      aborter.abort();
    };
  });
}

function fetchAs(request: HttpRequest<unknown>, fetch: AuthClient['fetch'], signal: AbortSignal, emit: Emit) {
  const url = request.urlWithParams;
  return async () => {
    let response: Response;
    let facts;
    let bytes: ArrayBuffer | undefined;
    try {
      const pending = fetch(url, initOf(request, signal));
      emit({ type: HttpEventType.Sent });
      response = await pending;
      const { status, statusText } = response;
      facts = { headers: new HttpHeaders(response.headers), status, statusText, url: response.url || url };
      if (reportsDownload(request)) emit(new HttpHeaderResponse(facts));
      if (response.body) bytes = await readBytes(response, request, emit);
    } catch (error) {
      throw new HttpErrorResponse({ error, status: 0, url });
    }
    let body: unknown = null;
    try {
      if (bytes) body = parse(bytes, request, response);
    } catch (error) {
      throw new HttpErrorResponse({ error, ...facts });
    }
    const { redirected, type: responseType } = response;
    const all = { ...facts, redirected, responseType };
    if (!response.ok) throw new HttpErrorResponse({ error: body, ...all });
    emit(new HttpResponse({ body, ...all }));
  };
}

function initOf(request: HttpRequest<unknown>, signal: AbortSignal): RequestInit {
  if (request.reportUploadProgress) {
    throw new Error('auth.fetch reports no upload progress.');
  }
  const headers = new Headers();
  for (const name of request.headers.keys()) {
    headers.set(name, request.headers.getAll(name)!.join(','));
  }
  if (!headers.has('accept')) headers.set('accept', 'application/json, text/plain, */*');
  const type = headers.has('content-type') ? null : request.detectContentTypeHeader();
  if (type !== null) headers.set('content-type', type);
  const init: Record<string, unknown> = {
    signal,
    headers,
    method: request.method,
    body: request.serializeBody(),
  };
  // Older versions of Angular know fewer of them; what is undefined is the platform's default.
  for (const name of SAME_NAME) init[name] = request[name];
  if (request.withCredentials) init['credentials'] = 'include';
  return init;
}

/** What HttpClient and `fetch` call alike. */
const SAME_NAME = [
  'credentials',
  'keepalive',
  'cache',
  'priority',
  'mode',
  'redirect',
  'referrer',
  'integrity',
  'referrerPolicy',
] as const;

function reportsDownload({ reportProgress, reportDownloadProgress }: HttpRequest<unknown>): boolean {
  return reportProgress || reportDownloadProgress;
}

/** The whole body; how far it is, is told with each chunk. */
async function readBytes(
  response: Response,
  request: HttpRequest<unknown>,
  emit: Emit,
): Promise<ArrayBuffer> {
  if (!reportsDownload(request)) return response.arrayBuffer();
  const length = response.headers.get('content-length');
  const total = length === null || !isFinite(+length) ? undefined : +length;
  const decoder = request.responseType === 'text' ? decoderFor(response) : null;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const reader = response.body!.getReader();
  let loaded = 0;
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(chunks).arrayBuffer();
    chunks.push(value);
    loaded += value.length;
    text += decoder?.decode(value, { stream: true }) ?? '';
    const partialText = decoder ? text : undefined;
    emit({ type: HttpEventType.DownloadProgress, loaded, total, partialText } as HttpDownloadProgressEvent);
  }
}

function parse(bytes: ArrayBuffer, { responseType }: HttpRequest<unknown>, response: Response): unknown {
  if (responseType === 'arraybuffer') return bytes;
  if (responseType === 'blob') return new Blob([bytes], { type: response.headers.get('content-type') ?? '' });
  if (responseType === 'text') return decoderFor(response).decode(bytes);
  // What servers put before JSON, so that other sites can't include it as a script.
  const text = new TextDecoder().decode(bytes).replace(/^\)\]\}',?\n/, '');
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!response.ok) return text;
    throw error;
  }
}

/** By the charset that the answer names, where the browser knows it. */
function decoderFor(response: Response): TextDecoder {
  const [, charset] = /charset=["']?([^\s;"']+)/i.exec(response.headers.get('content-type') ?? '') ?? [];
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}
