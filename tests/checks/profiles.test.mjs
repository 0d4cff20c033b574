/** The profiles of sign-in services: complete, with a source for each fact, and done as they say. */
import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { behaviourOf, profiles, sourceOf } from '../server/profiles.mjs';
import { profiledRefreshTokens } from '../server/refresh-tokens.mjs';

const ALLOWED = {
  offlineAccess: (value) => ['needed', 'unneeded', 'refused'].includes(value),
  rotation: (value) => ['replaces', 'adds', 'repeats', 'omits'].includes(value),
  graceSeconds: (value) => Number.isInteger(value) && value >= 0,
  graceAnswer: (value) => ['same', 'new'].includes(value),
  reuseEnds: (value) => ['session', 'nothing'].includes(value),
  revocationEnds: (value) => ['session', 'client', 'nothing'].includes(value),
  refusal: ({ status, body }) => status >= 400 && status < 500 && typeof body === 'object',
  accessTokenSeconds: (value) => Number.isInteger(value) && value > 0,
  refreshTokenHours: (value) => value === null || value > 0,
  omits: Array.isArray,
  metadataOmits: Array.isArray,
  dpop: (value) => ['none', 'optional', 'nonce'].includes(value),
  target: (value) => ['audience', 'resource', 'scope', 'none'].includes(value),
  signOut: (value) => ['standard', 'none'].includes(value) || (value.path && value.returnTo),
  secret: (value) => ['none', 'needed'].includes(value),
};
const profile = (id) => profiles.find((each) => each.id === id);

/** A server of that profile, around one that answers each refresh of its only token. */
function serverOf(id) {
  let behaviour = behaviourOf(profile(id));
  let access = 0;
  let isAlive = true;
  const { middleware, accepted, endAll } = profiledRefreshTokens({
    tokenPath: '/token',
    revocationPath: '/revoke',
    behaviour: () => behaviour,
  });
  async function post(path, fields) {
    const ctx = { path, state: { form: new URLSearchParams(fields) }, req: { headers: {} }, status: 404 };
    Object.assign(ctx, { get: () => '', set() {} });
    await middleware(ctx, async () => {
      const { form } = ctx.state;
      if (path === '/revoke' && server.revokesInside) isAlive = form.get('token') !== 'inner';
      const isGood = form.get('grant_type') === 'authorization_code' || form.get('refresh_token') === 'inner';
      ctx.status = isGood && isAlive ? 200 : 400;
      ctx.body = { error: 'invalid_grant' };
      if (ctx.status === 200)
        ctx.body = { access_token: `a${(access += 1)}`, expires_in: 5, refresh_token: 'inner' };
    });
    return { status: ctx.status, ...ctx.body, state: ctx.state };
  }
  const server = {
    revokesInside: true,
    accepted: () => accepted().map(({ token }) => token),
    isAlive: () => isAlive,
    endAll,
    become(other) {
      behaviour = behaviourOf(profile(other));
    },
    signIn: () => post('/token', { grant_type: 'authorization_code' }),
    refresh: (token) => post('/token', { grant_type: 'refresh_token', refresh_token: token }),
    revoke: (token) => post('/revoke', { token }),
  };
  return server;
}

async function later(seconds, work) {
  const { now } = Date;
  mock.method(Date, 'now', () => now() + seconds * 1000);
  try {
    await work();
  } finally {
    mock.restoreAll();
  }
}

describe('profiles', () => {
  for (const { id, name: title, summary, facts, client } of profiles) {
    it(`${id}: every fact has a value that means something, and a source`, () => {
      assert.ok(title && summary);
      assert.deepEqual(Object.keys(facts).sort(), Object.keys(ALLOWED).sort());
      for (const [name, fact] of Object.entries(facts)) {
        assert.ok(ALLOWED[name](fact.value), `${name}: ${JSON.stringify(fact.value)}`);
        assert.equal(new URL(sourceOf(fact)).protocol, 'https:', name);
      }
      if (facts.dpop.value === 'none') {
        assert.equal(client.dpop, 'off');
        assert.ok(facts.metadataOmits.value.includes('dpop_signing_alg_values_supported'));
      }
    });
  }

  it('have names of their own', () => {
    assert.equal(new Set(profiles.map(({ id }) => id)).size, profiles.length);
  });

  it('rotate, and take the token before within the grace period, with the same answer', async () => {
    const server = serverOf('standard');
    const { refresh_token: first } = await server.signIn();
    assert.notEqual(first, 'inner', 'what is inside stays inside');
    const second = await server.refresh(first);
    assert.deepEqual(server.accepted(), [first, second.refresh_token]);
    const again = await server.refresh(first);
    assert.equal(again.refresh_token, second.refresh_token);
    assert.equal(again.access_token, second.access_token);
    assert.equal(again.state.isGrace, true);
    await server.refresh(second.refresh_token);
    assert.equal((await server.refresh(first)).status, 400, 'its successor was used');
  });

  it('end the session at a reuse after the grace period', async () => {
    const server = serverOf('okta');
    const { refresh_token: first } = await server.signIn();
    const { refresh_token: second } = await server.refresh(first);
    await later(30.001, async () => {
      const reuse = await server.refresh(first);
      assert.deepEqual([reuse.status, reuse.state.isReuse], [400, true]);
      assert.equal(reuse.error_description, 'The refresh token is invalid or expired.');
      assert.equal((await server.refresh(second)).status, 400);
      assert.deepEqual(server.accepted(), []);
    });
  });

  it('without a grace period end it at once, in the words of the service', async () => {
    const server = serverOf('auth0');
    const { refresh_token: first } = await server.signIn();
    await server.refresh(first);
    const { status, error, error_description: description } = await server.refresh(first);
    assert.deepEqual(
      [status, error, description],
      [403, 'invalid_grant', 'Unknown or invalid refresh token.'],
    );
  });

  it('give tokens of their own within an overlap period', async () => {
    const server = serverOf('auth0-overlap');
    const { refresh_token: first } = await server.signIn();
    const second = await server.refresh(first);
    const again = await server.refresh(first);
    assert.equal(again.status, 200);
    assert.notEqual(again.refresh_token, second.refresh_token);
    assert.notEqual(again.access_token, second.access_token);
  });

  it('give another token and leave the old one good', async () => {
    for (const id of ['keycloak', 'entra']) {
      const server = serverOf(id);
      const { refresh_token: first } = await server.signIn();
      const { refresh_token: second } = await server.refresh(first);
      assert.notEqual(second, first);
      await later(3600, async () => {
        assert.equal((await server.refresh(first)).status, 200);
        assert.equal((await server.refresh(second)).status, 200);
      });
    }
  });

  it('give no refresh token, or the same one', async () => {
    const cognito = serverOf('cognito');
    const { refresh_token: kept } = await cognito.signIn();
    const answer = await cognito.refresh(kept);
    assert.deepEqual([answer.status, 'refresh_token' in answer], [200, false]);
    assert.equal((await cognito.refresh(kept)).status, 200);
    const fixed = serverOf('no-rotation');
    const { refresh_token: same } = await fixed.signIn();
    assert.equal((await fixed.refresh(same)).refresh_token, same);
  });

  it('leave fields out, and refuse without a word', async () => {
    const server = serverOf('terse');
    const { refresh_token: first, ...answer } = await server.signIn();
    assert.equal('expires_in' in answer, false);
    server.endAll();
    const { status, error } = await server.refresh(first);
    assert.deepEqual([status, error], [400, undefined]);
  });

  it('may change in the middle of a session, which goes on', async () => {
    const server = serverOf('no-rotation');
    const { refresh_token: first } = await server.signIn();
    server.become('standard');
    assert.notEqual((await server.refresh(first)).refresh_token, first);
  });

  it('end everything of the person’s by a revocation, where a service does', async () => {
    for (const [id, status] of Object.entries({ keycloak: 400, duende: 200 })) {
      const server = serverOf(id);
      const { refresh_token: first } = await server.signIn();
      const { refresh_token: second } = await server.signIn();
      server.revokesInside = false;
      await server.revoke(first);
      assert.equal((await server.refresh(second)).status, status, id);
    }
  });

  it('revoke what is inside, too', async () => {
    const server = serverOf('standard');
    const { refresh_token: first } = await server.signIn();
    await server.revoke(first);
    assert.equal((await server.refresh(first)).status, 400);
    assert.deepEqual(server.accepted(), []);
    assert.equal(server.isAlive(), false);
  });
});
