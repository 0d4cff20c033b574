/** The page's end of a response body that comes through a port. */
import { exception } from './exception.js';
import type { BodyDemand, BodySupply } from './protocol.js';

/** A stream whose chunks come through `port`, each when it is asked for: a slow reader fills no memory. */
export function pullFrom(port: MessagePort): ReadableStream<Uint8Array> {
  let supply: (message: BodySupply) => void;
  port.onmessage = (event: MessageEvent<BodySupply>) => supply(event.data);
  const demand = (message: BodyDemand) => port.postMessage(message);
  return new ReadableStream({
    pull: (controller) =>
      new Promise<void>((resolve) => {
        supply = (message) => {
          if (message.type === 'chunk') {
            controller.enqueue(message.chunk);
          } else {
            if (message.type === 'end') controller.close();
            else controller.error(exception(message.name, message.message));
            port.close();
          }
          resolve();
        };
        demand({ type: 'pull' });
      }),
    cancel() {
      demand({ type: 'cancel' });
      port.close();
    },
  });
}
