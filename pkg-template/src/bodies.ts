/** The vault's end of a response body. */
import type { BodyDemand, BodySupply } from './protocol.js';
import { canTransferStreams } from './streams.js';

/** What of a body can travel to the page. */
export type Body = ReadableStream<Uint8Array> | MessagePort | null;

/** Makes `body` travel. `onEnd` is called when nothing more of it will come. */
export function carry(body: ReadableStream<Uint8Array> | null, onEnd: () => void): Body {
  if (!body) return null;
  return canTransferStreams() ? observed(body, onEnd) : supply(body, onEnd);
}

/** The same stream, and a sign when it has ended. */
function observed(body: ReadableStream<Uint8Array>, onEnd: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      onEnd();
    },
    cancel(reason) {
      onEnd();
      return reader.cancel(reason);
    },
  });
}

/** A port that gives a chunk for each `pull`. */
function supply(body: ReadableStream<Uint8Array>, onEnd: () => void): MessagePort {
  const reader = body.getReader();
  const { port1: here, port2: there } = new MessageChannel();
  const end = (message: BodySupply) => {
    here.postMessage(message);
    here.close();
    onEnd();
  };
  here.onmessage = async ({ data }: MessageEvent<BodyDemand>) => {
    if (data.type === 'cancel') {
      here.close();
      onEnd();
      // The network stops; what it says about that interests nobody.
      return void reader.cancel().catch(() => {});
    }
    try {
      const { done, value } = await reader.read();
      if (done) return end({ type: 'end' });
      // A chunk may be a view of a larger buffer, which must not be handed over whole.
      const chunk = value.byteLength === value.buffer.byteLength ? value : value.slice();
      here.postMessage({ type: 'chunk', chunk } satisfies BodySupply, [chunk.buffer]);
    } catch (error) {
      // The app chooses what it aborts with: anything, `null` included.
      const { name, message } =
        error instanceof Error ? error : { name: 'AbortError', message: String(error) };
      end({ type: 'error', name, message });
    }
  };
  return there;
}
