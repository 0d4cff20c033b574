/** The page's end of a response body. */
import type { BodyDemand, BodySupply } from './protocol.js';

/** Whether the platform's own bodies can be read into the reader's buffers. WebKit has no such streams. */
export const hasByteStreams = typeof ReadableByteStreamController === 'function';

/** How much is kept for a reader who is slow, in bytes; or in chunks, where streams don't count bytes. */
const KEPT = hasByteStreams ? 262_144 : 4;

/** A stream of what comes through `port`. A slow reader fills no memory, and each of `signals` ends it with its own reason. */
export function pullFrom(port: MessagePort, signals: AbortSignal[]): ReadableStream<Uint8Array> {
  let resume = () => {};
  const end = new AbortController();
  // The app's signal may live as long as the page, and would keep the body.
  const close = () => {
    port.close();
    end.abort();
  };
  const demand = (message: BodyDemand) => port.postMessage(message);
  const source = {
    type: hasByteStreams ? 'bytes' : undefined,
    start(controller: ReadableByteStreamController) {
      port.onmessage = ({ data }: MessageEvent<BodySupply>) => {
        if (data instanceof Uint8Array) {
          controller.enqueue(data as Uint8Array<ArrayBuffer>);
        } else {
          close();
          if (data) controller.error(new TypeError(data));
          else {
            controller.close();
            // A reader that waits with a buffer of its own gets it back.
            controller.byobRequest?.respond(0);
          }
        }
        resume();
      };
      for (const signal of signals) {
        const stop = () => {
          source.cancel();
          controller.error(signal.reason);
        };
        if (signal.aborted) stop();
        else signal.addEventListener('abort', stop, { signal: end.signal });
      }
    },
    // One demand for one chunk: what is under way stays what the vault began with.
    pull: () =>
      new Promise<void>((resolve) => {
        resume = resolve;
        demand('pull');
      }),
    cancel() {
      demand('cancel');
      close();
    },
  };
  return new ReadableStream(source as UnderlyingByteSource, { highWaterMark: KEPT });
}
