/**
 * What a refresh may meet, row by row as docs/rotation-faults.md has it, with a real server behind a proxy that breaks
 * things. Three calls wait for each refresh. `tests/refresh_table.rs` shows the same rows on the host, and the ones that
 * need another clock.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startFaultProxy } from '../../server/fault-proxy.mjs';
import { browserName } from '../support/browser.mjs';
import { describeRequests, faultOf, rows, shortLived } from '../support/refresh-faults.mjs';
import { waitFor } from '../support/wait.mjs';
import { startWorld } from '../support/world.mjs';

const TIMEOUT_SECONDS = 1;
const GRACE_SECONDS = 2;
// What nobody but the browser sees.
const UNSEEN = ': connection refused';
const brokenConnections = new Set(['requests-lost', 'answers-lost-in-grace', 'answer-cut-in-grace']);

describe(`what a refresh may meet (${browserName})`, () => {
  const closers = [];
  const server = { rotates: true };
  let world;
  let page;
  let tokens; // the proxy before the authorization server
  let api; // and before the API
  let metadata;

  before(async () => {
    tokens = await startFaultProxy();
    closers.push(() => tokens.close());
    api = await startFaultProxy();
    closers.push(() => api.close());
    world = await startWorld({
      provider: { accessTokenSeconds: 600, rotate: () => server.rotates },
      moreApis: [tokens.origin, api.origin],
    });
    closers.push(() => world.close());
    tokens.forwardTo(world.issuer);
    api.forwardTo(world.apiOrigin);
    metadata = await (await fetch(`${world.issuer}/.well-known/openid-configuration`)).json();
    page = await world.openPage();
  });
  after(async () => {
    for (const close of closers.reverse()) await close();
  });

  describe('with an escrow, which carries the requests', () => {
    before(() => openWith({ escrow: true }));
    for (const row of rows) it(`${row.id}: ${row.what}`, () => measure(row));
  });

  // Another thread sends them, and nothing else may be different. What breaks connections is what could be.
  describe('without an escrow', () => {
    before(() => openWith({ escrow: false }));
    for (const row of rows)
      if (brokenConnections.has(row.id)) it(`${row.id}: ${row.what}`, () => measure(row));
  });

  async function openWith(more) {
    await page.useOptions(
      world.options({
        metadata: { ...metadata, token_endpoint: `${tokens.origin}/token` },
        resources: [`${api.origin}/`],
        httpTimeoutSeconds: TIMEOUT_SECONDS,
        rotationGraceSeconds: GRACE_SECONDS,
        ...more,
      }),
    );
    await page.open('/');
    await page.signIn();
  }

  async function measure(row) {
    try {
      await show(row);
      if (row.next.calls !== 'succeed') await startAnew();
    } catch (error) {
      // One row that fails is no reason for the next ones to fail.
      Object.assign(tokens, { faults: [], always: undefined });
      await Promise.all([tokens.accept(), api.accept()]);
      await page.signIn();
      throw error;
    }
  }

  async function show(row) {
    const end = await begin(row);
    const requestsBefore = tokens.requests.length;
    const eventsBefore = (await events()).length;
    const requests = () => describeRequests(tokens.requests).slice(requestsBefore);

    const { outcomes, milliseconds } = await callThrice();
    await end();
    const inThisBrowser = { ...row, ...row[browserName] };
    const reported = inThisBrowser.requests.filter((request) => !request.endsWith(UNSEEN));
    const outcome = outcomes[0];
    assert.deepEqual(outcomes, Array(3).fill(outcome), 'each call that waited is answered in the same way');
    assert.deepEqual(
      {
        calls: outcome.code ?? outcome.name ?? 'succeed',
        retryable: outcome.retryable ?? undefined,
        requests: requests(),
        signedIn: await page.run(() => window.auth.checkSession()),
      },
      { calls: row.calls, retryable: row.retryable, requests: reported, signedIn: row.signedIn },
    );
    assert.ok(milliseconds >= shortestWait(inThisBrowser.waits), `told after ${milliseconds} ms already`);

    // The trouble is over.
    const before = tokens.requests.length;
    if (row.next.calls === 'succeed' && row.next.requests.length > 0) await refuseToken();
    const next = await callThrice();
    assert.deepEqual(
      [...new Set(next.outcomes.map(({ code, status }) => code ?? status))],
      [row.next.calls === 'succeed' ? 200 : row.next.calls],
    );
    assert.deepEqual(describeRequests(tokens.requests).slice(before), row.next.requests);
    const allEvents = [...row.events, ...row.next.requests.map(() => 'refreshed')];
    await waitFor(async () => (await events()).length >= eventsBefore + allEvents.length, 'the events');
    assert.deepEqual((await events()).slice(eventsBefore), allEvents);
  }

  /** Sets the scene for `row`, an access token that is needed included; answers what puts an end to the trouble. */
  async function begin(row) {
    server.rotates = row.server.startsWith('rotates');
    world.provider.setRotationGrace(row.server === 'rotates, with a grace period' ? 60 : 0);
    if (['offline', 'an expired token'].includes(row.scenario)) await letTokenExpire();
    else if (row.scenario !== 'offline, with an access token') await refuseToken();
    if (row.server === 'has revoked the token') await revoke();
    if (row.scenario?.startsWith('offline')) {
      await Promise.all([tokens.refuse(), api.refuse()]);
      return () => Promise.all([tokens.accept(), api.accept()]);
    }
    if (row.forever) tokens.always = faultOf(row.answers[0]);
    else tokens.faults.push(...row.answers.map(faultOf));
    return async () => {
      tokens.always = undefined;
      assert.deepEqual(tokens.faults, [], 'each fault was met');
    };
  }

  /** One sign-in, and everything works again. */
  async function startAnew() {
    const before = tokens.requests.length;
    await page.signIn();
    const { outcomes } = await callThrice();
    assert.deepEqual(outcomes, Array(3).fill({ status: 200 }));
    assert.equal(tokens.requests.length, before);
  }

  function callThrice() {
    return page.run(async (url) => {
      const start = performance.now();
      const call = () =>
        window.auth.fetch(url).then(
          ({ status }) => ({ status }),
          ({ name, code, retryable }) => ({ name, code, retryable }),
        );
      const outcomes = await Promise.all([call(), call(), call()]);
      return { outcomes, milliseconds: performance.now() - start };
    }, `${api.origin}/me`);
  }

  async function events() {
    const seen = await page.seen();
    return seen.events.map(({ type, detail }) =>
      type === 'sessionexpired' ? `${type}: ${detail.reason}` : type,
    );
  }

  const lastAccessToken = () => world.secrets.last('access token');

  /** The API answers 401 to the access token at hand. */
  async function refuseToken() {
    world.refuse(lastAccessToken());
  }

  /** A refresh whose token is soon over by the app's count. */
  async function letTokenExpire() {
    tokens.faults.push(shortLived);
    await refuseToken();
    await callThrice();
    await waitFor(() => world.secrets.ageInSeconds(lastAccessToken()) > 1.05, 'the token to expire');
  }

  /** Somebody ends the session at the server. */
  async function revoke() {
    const { ok } = await fetch(`${world.issuer}/token/revocation`, {
      method: 'POST',
      body: new URLSearchParams({
        token: world.secrets.last('refresh token'),
        client_id: 'holdfast-demo',
      }),
    });
    assert.ok(ok);
  }

  /** In milliseconds. Timers of the browser and of the vault are not the same. */
  function shortestWait({ milliseconds = [0], shortTimeouts = 0, timeouts = 0, thirdsOfGrace = 0 }) {
    // The timeout is short enough as it is for three tries within the grace period.
    const seconds = (shortTimeouts + timeouts) * TIMEOUT_SECONDS + (thirdsOfGrace * GRACE_SECONDS) / 3;
    return milliseconds[0] + seconds * 1000 - 20;
  }
});
