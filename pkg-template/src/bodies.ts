/** The vault's end of a response body. */
import type { BodyDemand, BodySupply } from './protocol.js';

/**
 * How many chunks may be on their way to the page, beside those that it has asked for. One would do, if every chunk
 * waited for the last one's receipt.
 */
const AHEAD = 8;

/** What goes with the answer itself, in bytes at most. */
const AT_ONCE = 65_536;

/** How long the answer waits for the end of its body, in milliseconds, or up to twice that. A small one's is there at once. */
const PATIENCE = 4;

/** The next tick, for all who wait: a timer for each would cost more than what it guards. */
let tick: Promise<undefined> | undefined;

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Read = ReturnType<Reader['read']>;

/**
 * Delivers all of a small body, or a port as `carry` makes it, which has to be handed over at once: Firefox loses what was
 * said through a port that is closed before. `length` is how long the server says that the body is, if it does. `onEnd` is
 * called when nothing more will come, and `abort` where nobody wants it any longer.
 */
export async function take(
  body: ReadableStream<Uint8Array>,
  length: string | null,
  deliver: (body: Uint8Array<ArrayBuffer> | MessagePort) => void,
  onEnd: () => void,
  abort: () => void,
): Promise<void> {
  const reader = body.getReader();
  const reads: Read[] = [];
  const chunks: Uint8Array[] = [];
  let [size, isWhole] = [0, false];
  const late = nextTick().then(nextTick);
  while (!isWhole && Math.max(+length!, size) <= AT_ONCE) {
    const next = reader.read();
    reads.push(next);
    // Where it fails, the port tells that.
    const read = await Promise.race([next, late]).catch(() => undefined);
    if (!read) break;
    isWhole = read.done;
    if (read.value) {
      chunks.push(read.value);
      size += read.value.length;
    }
  }
  if (!isWhole) return deliver(through(reader, reads, onEnd, abort));
  onEnd();
  deliver(joined(chunks, size));
}

/** A port through which `body` goes to the page: chunk after chunk, by transfer, as far as the page can take them. */
export function carry(body: ReadableStream<Uint8Array>, onEnd: () => void, abort: () => void): MessagePort {
  return through(body.getReader(), [], onEnd, abort);
}

/** The same, with what was read before. */
function through(reader: Reader, reads: Read[], onEnd: () => void, abort: () => void): MessagePort {
  const { port1: here, port2: there } = new MessageChannel();
  let credit = AHEAD;
  let isSupplying = false;
  const end = (message: BodySupply) => {
    here.postMessage(message);
    here.close();
    onEnd();
  };
  const supply = async () => {
    if (isSupplying) return;
    isSupplying = true;
    try {
      for (; credit > 0; credit--) {
        const { done, value } = await (reads.shift() ?? reader.read());
        if (done) return end(null);
        const chunk = whole(value);
        here.postMessage(chunk satisfies BodySupply, [chunk.buffer]);
      }
      isSupplying = false;
    } catch (error) {
      // Firefox calls a broken connection an AbortError; who aborts knows it without us.
      end(String((error as Error | null)?.message || error));
    }
  };
  const stop = () => {
    here.close();
    onEnd();
    // To cancel the reader would do elsewhere; Firefox then waits for the next byte.
    abort();
  };
  here.onmessage = ({ data }: MessageEvent<BodyDemand>) => {
    if (data === 'cancel') return stop();
    credit++;
    void supply();
  };
  // Where the browser tells when nobody is at the other end.
  here.addEventListener('close', stop);
  void supply();
  return there;
}

function nextTick(): Promise<undefined> {
  return (tick ??= new Promise((resolve) =>
    setTimeout(() => {
      tick = undefined;
      resolve(undefined);
    }, PATIENCE),
  ));
}

/** A chunk may be a view of a larger buffer, which must not be handed over whole. */
function whole(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
  return (chunk.byteLength === chunk.buffer.byteLength ? chunk : chunk.slice()) as Uint8Array<ArrayBuffer>;
}

function joined(chunks: Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  if (chunks.length === 1) return whole(chunks[0]!);
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
