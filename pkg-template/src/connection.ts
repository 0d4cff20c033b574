/** The page's way to its vault, over the back/forward cache and the page's end. */
import { isAtCallback } from './at-callback.js';
import { type Channel, openChannel } from './channel.js';
import type { AuthErrorData } from './errors.js';
import { type Link, startWorker } from './host.js';
import type { SplitOptions } from './options.js';
import { type Identity, type SessionAnswer, VERSION, type VaultEvent } from './protocol.js';

/** Looks at what passes on a way to a vault. */
export type Watch = (link: Link) => Link;

export interface Connection {
  /** Fulfilled when the vault has answered this page. */
  ready(): Promise<void>;
  /** Sends a call as soon as the vault has answered this page. */
  send: Channel['send'];
  close(): void;
}

/** Who hears what comes. `onArrival` is told who is signed in each time that the page has come to a vault, or back to it. */
export type Listeners = [
  onEvent: (event: VaultEvent) => void,
  onArrival: (identity: Identity | null) => void,
];

/** `watch` is there where the app has a logger. */
export function connect(
  options: SplitOptions,
  escrow: boolean,
  watch: Watch | undefined,
  ...[onEvent, onArrival]: Listeners
): Connection {
  const closing = new AbortController();
  const visible = () => !document.hidden;
  let channel: Channel;
  let ready: Promise<void>;
  /** While the page is in the back/forward cache, or on its way there or back: lets the calls go on. */
  let wake: ((arrival: Promise<void>) => void) | undefined;

  const arrive = async (answer: Promise<unknown>) => onArrival(((await answer) as SessionAnswer).identity);

  const open = async () => {
    const link = startWorker(options);
    channel = openChannel(watch?.(link) ?? link, onEvent);
    const { vault, redirectUri } = options;
    return arrive(
      channel.start({
        type: 'init',
        version: VERSION,
        options: vault,
        escrow,
        visible: visible(),
        callback: isAtCallback(redirectUri),
      }),
    );
  };

  /** Out of the back/forward cache: the worker came back, too, unless the browser has ended it meanwhile. */
  const comeBack = () => {
    const arrival = arrive(channel.start({ type: 'resume' })).catch((error: AuthErrorData) => {
      if (error.code !== 'worker_failed') throw error;
      channel.close();
      return open();
    });
    // Who calls hears of it, and who does not call, too.
    ready.catch((error: AuthErrorData) => onEvent({ type: 'error', error }));
    wake?.(arrival);
    wake = undefined;
    show();
  };

  const show = () => {
    channel.tell({ type: 'visible', visible: visible() });
    // A page that was frozen for long may not have heard everything.
    if (visible()) arrive(channel.send({ type: 'checkSession', options: null }, 'init')).catch(() => {});
  };

  const close = () => {
    closing.abort();
    channel?.close();
  };

  addEventListener('pageshow', ({ persisted }) => persisted && comeBack(), closing);
  // A page that is gone for good ends its requests, as pages do. One that may come back keeps them, and uses nothing
  // before the vault has been asked.
  const leave = ({ persisted }: PageTransitionEvent) => {
    if (!persisted) return close();
    channel.tell({ type: 'sleep' });
    ready = new Promise((resolve) => (wake = resolve));
  };
  addEventListener('pagehide', leave, closing);
  // On its way up from the document.
  addEventListener('visibilitychange', () => wake || show(), closing);

  ready = open();
  return {
    ready: () => ready,
    async send(...call) {
      await ready;
      return channel.send(...call);
    },
    close,
  };
}
