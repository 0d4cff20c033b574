/**
 * How the page in a popup and the page that opened it find each other: by a channel of this origin's, named by the sign-in's
 * `state`. `window.opener` is not there where the server's pages have a `Cross-Origin-Opener-Policy`.
 */
import type { PopupCallback } from './protocol.js';

/** How long the page that opened the popup may take to say that it is there, in milliseconds. */
const PATIENCE = 3000;

/**
 * How long it may then take to sign in, in milliseconds. The popup stays for that long: WebKit ends a shared worker with the
 * window in which it began, perhaps in the middle of it.
 */
const LONGEST = 10_000;

/** The `state` of a popup's sign-in, where `url` is an answer to one. The vault has marked it. */
export function popupState(url: string): string | undefined {
  return /[?&]state=([\w-]+\.popup)(?:[&#]|$)/.exec(url)?.[1];
}

/** The channel, and what is heard on it. All that a page of another origin could say is left out. */
export function openLine<T>(state: string, hear: (message: T) => void): BroadcastChannel {
  const channel = new BroadcastChannel(`holdfast ${state}`);
  channel.onmessage = ({ origin, data }: MessageEvent<T>) => origin === location.origin && hear(data);
  return channel;
}

/** Gives the callback to the page that opened this popup. Whether that page has taken it. */
export async function handOver(url: string, state: string): Promise<boolean> {
  let channel: BroadcastChannel | undefined;
  const taken = new Promise<boolean>((resolve) => {
    const alone = setTimeout(resolve, PATIENCE, false);
    channel = openLine(state, (message) => {
      if (message === 'done') return resolve(true);
      if (message !== 'taken') return;
      clearTimeout(alone);
      setTimeout(resolve, LONGEST, true);
    });
  });
  channel!.postMessage({ url } satisfies PopupCallback);
  return taken.finally(() => channel!.close());
}
