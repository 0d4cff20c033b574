/** The vault's entry in a SharedWorker or a dedicated one, as a classic script or a module: owns the ports to the pages. */
import { linkEscrow } from './escrow-link.js';
import { Pages } from './pages.js';
import { VERSION } from './protocol.js';
import { leave, pages, receive, send, settle } from './worker.js';

/** How long a page may take to introduce itself, in milliseconds. One that has no reason to must be asked. */
const INTRODUCTION = 500;

const isShared = 'onconnect' in self;

settle({
  isShared,
  link: (isWanted, hear) => (isWanted ? linkEscrow(VERSION, hear) : undefined),
  stop: () => self.close(),
});

if (isShared) {
  (self as unknown as SharedWorkerGlobalScope).onconnect = ({ ports: [port] }) => {
    const page = Pages.page(port!);
    port!.onmessage = ({ data }) => receive(page, data);
    // Where the browser tells when the other end is gone, also by a crash.
    port!.addEventListener('close', () => leave(page));
    setTimeout(() => pages.has(page) || send(page, { type: 'unknown' }), INTRODUCTION);
  };
} else {
  const page = Pages.page(self as unknown as DedicatedWorkerGlobalScope);
  (self as unknown as DedicatedWorkerGlobalScope).onmessage = ({ data }) => receive(page, data);
}
