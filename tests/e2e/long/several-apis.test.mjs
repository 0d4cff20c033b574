/**
 * Two APIs, each with an access token of its own from the one refresh token: resource indicators (RFC 8707), as a real
 * server understands them, and `audience` as Auth0 has it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startApi } from '../../server/api.mjs';
import { browserName } from '../support/browser.mjs';
import { freePort } from '../support/program.mjs';
import { startWorld } from '../support/world.mjs';

const ACCESS_TOKEN_SECONDS = 6;

describe(`several APIs (${browserName})`, () => {
  let world;
  let page;
  let mail;
  let files;
  before(async () => {
    const port = await freePort();
    world = await startWorld({
      provider: { accessTokenSeconds: ACCESS_TOKEN_SECONDS },
      moreApis: [`http://127.0.0.1:${port}`],
    });
    mail = world.api;
    const { issuer, introspection } = world.provider;
    files = await startApi({ port, issuer, introspection });
    page = await world.openPage();
  });
  after(async () => {
    await files?.close();
    await world?.close();
  });

  const signIn = async (resources, scope = 'openid offline_access api') => {
    await page.useOptions(world.options({ resources, scope }));
    await page.open('/');
    await page.signIn();
  };
  const callAll = (urls) =>
    page.run(async (given) => {
      const responses = await Promise.all(given.map((url) => window.auth.fetch(url)));
      return responses.map(({ status }) => status);
    }, urls);
  const authorizations = ({ requests }) => requests.map(({ authorization }) => authorization);

  it('each gets a token that the other would refuse, and one refresh when it has expired', async () => {
    const resources = [mail, files].map(({ origin }) => ({ url: `${origin}/`, resource: `${origin}/` }));
    await signIn(resources);
    const asked = world.secrets.authorizationRequests.at(-1);
    assert.deepEqual(
      asked.getAll('resource'),
      resources.map(({ resource }) => resource),
    );
    // The APIs ask the server whom each token is for.
    assert.deepEqual(await callAll([`${mail.origin}/me`, `${files.origin}/me`]), [200, 200]);
    const tokens = world.secrets.ofKind('access token');
    assert.equal(new Set(tokens).size, 2);
    await world.untilExpired(tokens.at(-1));

    const before = world.refreshes().length;
    const urls = [mail, files, mail, files, mail, files].map(({ origin }) => `${origin}/me`);
    assert.deepEqual(await callAll(urls), Array(6).fill(200));
    assert.deepEqual(
      world
        .refreshes()
        .slice(before)
        .map(({ resource, status }) => [resource, status])
        .sort(),
      resources.map(({ resource }) => [resource, 200]).sort(),
    );
    assert.equal(
      new Set(world.secrets.ofKind('refresh token')).size,
      world.refreshes().length + 1,
      'rotated',
    );
    // Nobody was ever shown a token of the other's.
    assert.deepEqual(
      [authorizations(mail), authorizations(files)],
      [Array(4).fill('valid'), Array(4).fill('valid')],
    );
  });

  it("Auth0's audience is a parameter of each request that is about its token", async () => {
    const calls = files.requests.length;
    await signIn([
      { url: `${mail.origin}/`, scope: 'openid' },
      { url: `${files.origin}/me`, audience: 'files-api' },
    ]);
    assert.equal(world.secrets.authorizationRequests.at(-1).get('audience'), 'files-api');
    const exchange = world.provider.tokenRequests.at(-1);
    assert.deepEqual([exchange.grantType, exchange.audience], ['authorization_code', 'files-api']);
    const before = world.refreshes().length;
    await callAll([`${files.origin}/me`]);
    assert.equal(files.requests.length, calls + 1, 'with the token of the sign-in');
    assert.equal(world.refreshes().length, before);
    await callAll([`${mail.origin}/me`]);
    await world.untilExpired(world.secrets.last('access token'));
    await callAll([`${files.origin}/me`, `${mail.origin}/me`, `${files.origin}/me`]);
    const audiences = world
      .refreshes()
      .slice(before)
      .map(({ audience }) => audience);
    assert.deepEqual(audiences.slice(0, 1), [null]);
    assert.deepEqual(audiences.slice(1).sort(), ['files-api', null].sort());
  });
});
