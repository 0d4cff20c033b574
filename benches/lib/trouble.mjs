/** Troubles of the network between one library's app and all servers. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { browserOf } from './servers.mjs';

const CHANNEL = 'http.server.request.start';

/**
 * From now on the servers are out of reach for the app of this row; the browser is told that it is offline, where one can tell it.
 *
 * @param {object} context
 * @param {object} row
 * @param {object} browser what openTabs gives
 * @returns {Promise<() => Promise<void>>} ends it
 */
export async function goOffline({ servers: { control } }, row, browser) {
  const hangUp = ({ request }) => {
    const { origin, 'user-agent': userAgent } = request.headers;
    if (origin === row.origin && browserOf(userAgent) === browser.name) request.socket.destroy();
  };
  subscribe(CHANNEL, hangUp);
  // A request whose body came with its head is not to be answered unheard: that would be another trouble.
  control.fail(row, { destroy: 'before', times: Infinity }, browser.name);
  await browser.setOffline(true);
  return async () => {
    await browser.setOffline(false);
    unsubscribe(CHANNEL, hangUp);
    control.heal(row, browser.name);
  };
}

/** The token endpoint answers 503 to this row's app, until the function that comes back is called. */
export async function refuseService({ servers: { control } }, row, { name }) {
  control.fail(row, { status: 503, body: { error: 'temporarily_unavailable' }, times: Infinity }, name);
  return async () => control.heal(row, name);
}

/** The next refresh of this row's app is processed, and its answer lost. */
export async function loseAnswer({ servers: { control } }, row, { name }) {
  control.fail(row, { grantType: 'refresh_token', destroy: 'after' }, name);
  return async () => control.heal(row, name);
}
