/** The control of the injected script: what is given away in plain sight must be seen, and what is not must not. */
import { randomBytes } from 'node:crypto';
import { findLeaks } from '../../tests/e2e/support/leaks.mjs';
import { openTabs } from '../lib/tabs.mjs';

const CHANNELS = ['localStorage', 'sessionStorage', 'request header', 'message', 'broadcast channel'];

/** @returns {Promise<object>} by browser, the channels that were seen; throws where the hooks are blind, or see ghosts */
export async function hooksSee({ browsers, peers, servers }) {
  const seen = {};
  for (const name of browsers) {
    const secrets = new Map(CHANNELS.map((channel) => [randomBytes(32).toString('base64url'), channel]));
    const kept = new Map([[randomBytes(32).toString('base64url'), 'never in the page']]);
    const browser = await openTabs(name);
    try {
      const tab = await browser.newTab();
      await tab.open(peers[0].url);
      // In codes, lest the way into the page be what is seen.
      const codes = [...secrets.keys()].map((secret) =>
        [...secret].map((letter) => letter.charCodeAt(0) + 300),
      );
      await tab.run(giveAway, codes, `${servers.api}/json`);
      const records = await tab.run(() => __probe.dump('control').then(() => __probe.take()));
      const found = new Set(findLeaks(records, secrets).map(({ kind }) => kind));
      const missing = CHANNELS.filter((channel) => !found.has(channel));
      if (missing.length > 0) throw new Error(`the hooks are blind in ${name}: ${missing.join(', ')}`);
      if (findLeaks(records, kept).length > 0) throw new Error(`the hooks see ghosts in ${name}`);
      seen[name] = CHANNELS;
    } finally {
      await browser.close();
    }
  }
  return seen;
}

/** In the page, as a careless library does it. */
async function giveAway(codes, url) {
  const [local, session, header, message, broadcast] = codes.map((list) =>
    list.map((code) => String.fromCharCode(code - 300)).join(''),
  );
  localStorage.setItem('token', local);
  localStorage.removeItem('token');
  sessionStorage.setItem('token', session);
  await fetch(url, { headers: { Authorization: `Bearer ${header}` } }).catch(() => {});
  const { port1, port2 } = new MessageChannel();
  const arrived = new Promise((resolve) => (port2.onmessage = resolve));
  port1.postMessage({ token: message });
  await arrived;
  new BroadcastChannel('tokens').postMessage({ token: broadcast });
  return true;
}
