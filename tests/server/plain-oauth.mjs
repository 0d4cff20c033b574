/**
 * Makes the test server one that has OAuth 2.0 and no OpenID Connect: its metadata is that of RFC 8414 and nowhere else, it has
 * no key set, no userinfo and no page to sign out at, and it refuses what only OpenID Connect knows.
 */
const OPENID_ONLY = [
  'acr_values_supported',
  'claims_supported',
  'code_challenge_methods_supported',
  'end_session_endpoint',
  'id_token_signing_alg_values_supported',
  'jwks_uri',
  'subject_types_supported',
  'userinfo_endpoint',
];
const ABSENT = ['/.well-known/openid-configuration', '/jwks', '/me'];
const METADATA_PATH = '/.well-known/oauth-authorization-server';

/**
 * @param {object} [options]
 * @param {unknown} [options.strayIdToken] what it sends as `id_token` all the same
 * @returns {{ watch: import('koa').Middleware, requests: { path: string, query: URLSearchParams }[] }} `watch` is for
 *   `startProvider`; `requests` are those that arrived
 */
export function plainOauth({ strayIdToken } = {}) {
  const requests = [];
  const watch = async (ctx, next) => {
    const query = new URLSearchParams(ctx.querystring);
    // The tests' API finds the introspection endpoint by the one document that it knows.
    if (ABSENT.includes(ctx.path) && !ctx.get('Origin')) return next();
    requests.push({ path: ctx.path, query });
    if (ABSENT.includes(ctx.path)) ctx.throw(404);
    const asksForIdToken = query.get('scope')?.split(' ').includes('openid') || query.has('nonce');
    if (ctx.path === '/auth' && asksForIdToken) ctx.throw(400, 'This server has no OpenID Connect.');
    await next();
    if (ctx.status !== 200) return;
    if (ctx.path === METADATA_PATH) {
      const kept = Object.entries(ctx.body).filter(([name]) => !OPENID_ONLY.includes(name));
      ctx.body = Object.fromEntries(kept);
    }
    if (ctx.path === '/token') {
      if ('id_token' in ctx.body) throw new Error('A plain OAuth server has made an ID token.');
      if (strayIdToken !== undefined) ctx.body = { ...ctx.body, id_token: strayIdToken };
    }
  };
  return { watch, requests };
}
