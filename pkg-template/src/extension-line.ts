/**
 * Messages between page and vault over a runtime port, which carries JSON alone. Bodies go in pieces of base64, as far as
 * the other end wants them, each through a tunnel between two MessagePorts: the same that lead to a worker.
 */
import type { RuntimePort } from './extension-api.js';
import { carry } from './bodies.js';
import type { CallId, FlatRequest, FlatResponse } from './protocol.js';
import { pullFrom } from './pull.js';

/** One end of a line. */
export interface Line {
  /** Sends a message of the protocol's. */
  send(message: object): void;
  /** Whether a body is on its way. */
  readonly isBusy: boolean;
  close(): void;
}

/** A body, or a file, that comes through a tunnel. */
interface Part {
  tunnel: number;
  kind: 'stream' | 'bytes' | 'blob';
  type?: string;
  name?: string;
  lastModified?: number;
}

/** What is sent. */
type Packet =
  /**
   * `body`, and `files` by their place among the form's entries: what the message itself can't hold. `whole`: all of an
   * answer's body.
   */
  | { message: Loose; body?: Part; whole?: string; files?: Record<number, Part> }
  | { tunnel: number; bytes: string }
  /** What else goes between the two ends of a body: a wish, the end, or why it ends early. */
  | { tunnel: number; word: string | null };

interface Loose {
  type?: unknown;
  id?: CallId;
  request?: FlatRequest;
  response?: FlatResponse;
}

/** How many bytes go in one message, at most. Chrome takes 64 MB. */
const PIECE = 1024 * 1024;

const LOST = "The line to the extension's background was lost.";

/**
 * Makes a line of `port`. `isPage`: this is the page's end. `onMessage` hears what the other end says, each message whole;
 * `onEnd` is called when the other end is gone.
 */
export function openLine(
  port: RuntimePort,
  isPage: boolean,
  onMessage: (message: unknown) => void,
  onEnd: () => void,
): Line {
  /** By number, this end of each body that is under way, and whether the bytes come out of it. */
  const tunnels = new Map<number, { here: MessagePort; isSource: boolean }>();
  /** Calls whose bodies are being gathered. */
  const gathering = new Map<unknown, AbortController>();
  // Each end counts those that it has begun.
  const step = isPage ? 1 : -1;
  let count = 0;
  let isOpen = true;

  const post = (packet: Packet) => {
    if (isOpen) port.postMessage(packet);
  };

  const dig = (number: number, here: MessagePort, isSource: boolean) => {
    tunnels.set(number, { here, isSource });
    here.onmessage = ({ data }) => {
      if (data instanceof Uint8Array) {
        for (let from = 0; from < data.length; from += PIECE) {
          post({ tunnel: number, bytes: toBase64(data.subarray(from, from + PIECE)) });
        }
        return;
      }
      if (data !== 'pull') tunnels.delete(number);
      post({ tunnel: number, word: data });
    };
    // Where the browser tells when nobody reads any longer.
    here.addEventListener('close', () => {
      if (tunnels.delete(number) && !isSource) post({ tunnel: number, word: 'cancel' });
    });
  };

  /** The number of a new tunnel, into which the body goes. */
  const give = (body: MessagePort): number => {
    count += step;
    dig(count, body, true);
    return count;
  };

  /** A port like the one that stands at the tunnel's other end. */
  const take = (number: number): MessagePort => {
    const { port1, port2 } = new MessageChannel();
    dig(number, port1, false);
    return port2;
  };

  const partOf = (body: Blob | ArrayBuffer | ReadableStream<Uint8Array>): Part => {
    const stream = body instanceof ReadableStream ? body : new Response(body).body!;
    const tunnel = give(carry(stream, nothing, nothing));
    if (body instanceof ReadableStream) return { tunnel, kind: 'stream' };
    if (body instanceof ArrayBuffer) return { tunnel, kind: 'bytes' };
    const { type } = body;
    if (!(body instanceof File)) return { tunnel, kind: 'blob', type };
    return { tunnel, kind: 'blob', type, name: body.name, lastModified: body.lastModified };
  };

  const gather = async ({ tunnel, kind, type = '', name, lastModified }: Part, signal: AbortSignal) => {
    const stream = pullFrom(take(tunnel), [signal]);
    if (kind === 'stream') return stream;
    const whole = new Response(stream);
    if (kind === 'bytes') return whole.arrayBuffer();
    const blob = await whole.blob();
    // The blob's own type would be the one of no header.
    return name === undefined
      ? blob.slice(0, blob.size, type)
      : new File([blob], name, { type, lastModified: lastModified! });
  };

  /** Sends a request, with the bytes after it. */
  const sendRequest = (message: Loose, { init, form, ...request }: FlatRequest) => {
    const { body, ...rest } = init;
    const files: Record<number, Part> = {};
    const entries = form?.map(([name, value], index): [string, string] => {
      if (typeof value !== 'string') files[index] = partOf(value);
      return [name, typeof value === 'string' ? value : ''];
    });
    const isText = body == null || typeof body === 'string';
    const flat: FlatRequest = {
      ...request,
      init: isText ? init : rest,
      ...(entries && { form: entries }),
    };
    post({
      message: { ...message, request: flat },
      ...(!isText && { body: partOf(body as Blob | ArrayBuffer | ReadableStream<Uint8Array>) }),
      files,
    });
  };

  const receive = async ({ message, body, whole, files = {} }: Extract<Packet, { message: Loose }>) => {
    const { id, request, response } = message;
    if (message.type === 'abort') gathering.get(id)?.abort();
    if (response && body) response.body = take(body.tunnel);
    if (response && whole !== undefined) response.body = fromBase64(whole);
    const parts = Object.entries(files);
    if (!request || (!body && parts.length === 0)) return onMessage(message);
    const end = new AbortController();
    gathering.set(id, end);
    try {
      const gathered = parts.map(async ([index, part]) => {
        request.form![Number(index)]![1] = (await gather(part, end.signal)) as File;
      });
      if (body) request.init.body = await gather(body, end.signal);
      await Promise.all(gathered);
    } catch {
      // Whoever called has given up, or is gone.
      return;
    } finally {
      gathering.delete(id);
    }
    if (isOpen && !end.signal.aborted) onMessage(message);
  };

  const end = () => {
    if (!isOpen) return;
    isOpen = false;
    for (const { here, isSource } of tunnels.values()) here.postMessage(isSource ? 'cancel' : LOST);
    tunnels.clear();
    gathering.forEach((call) => call.abort());
    onEnd();
  };

  port.onMessage.addListener((data) => {
    const packet = Object(data) as Packet;
    if ('message' in packet) {
      void receive(packet);
    } else if ('bytes' in packet) {
      const bytes = fromBase64(packet.bytes);
      tunnels.get(packet.tunnel)?.here.postMessage(bytes, [bytes.buffer]);
    } else {
      const { tunnel, word } = packet;
      tunnels.get(tunnel)?.here.postMessage(word);
      if (word !== 'pull') tunnels.delete(tunnel);
    }
  });
  port.onDisconnect.addListener(end);

  return {
    send(message: Loose) {
      if (message.request) return sendRequest(message, message.request);
      const { response } = message;
      if (!response?.body) return post({ message });
      const { body, ...rest } = response;
      post({
        message: { ...message, response: { ...rest, body: null } },
        ...(body instanceof MessagePort
          ? { body: { tunnel: give(body), kind: 'stream' } }
          : { whole: toBase64(body) }),
      });
    },
    get isBusy() {
      return tunnels.size > 0 || gathering.size > 0;
    },
    close() {
      end();
      port.disconnect();
    },
  };
}

function nothing(): void {}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  // `apply` takes only so many arguments.
  for (let from = 0; from < bytes.length; from += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(from, from + 0x8000));
  }
  return btoa(text);
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
