/**
 * What a service of a profile has of its own beside its refresh tokens: what it makes of `offline_access`, metadata that lacks
 * something, a sign-out page that is not the standard's, and a demand for a client secret.
 */
import { createHash } from 'node:crypto';

const METADATA_PATH = '/.well-known/openid-configuration';
const AUTHORIZATION_PATH = '/auth';

/**
 * @param {object} options
 * @param {string} options.issuer
 * @param {string} options.clientId
 * @param {string[]} options.returnTargets where a sign-out may lead to
 * @param {string} options.tokenPath
 * @param {() => object} options.behaviour what `behaviourOf` gives, for now
 * @returns {{ middleware: import('koa').Middleware, signOuts: { path: string, parameters: Record<string, string> }[] }}
 *   `signOuts`: the requests for the sign-out page of the service's own
 */
export function serviceManners({ issuer, clientId, returnTargets, tokenPath, behaviour }) {
  const askedForOffline = new Set(); // code challenges
  const signOuts = [];

  async function middleware(ctx, next) {
    const { signOut } = behaviour();
    if (ctx.path === AUTHORIZATION_PATH) return authorize(ctx, next);
    if (ctx.path === tokenPath && ctx.state.form) return token(ctx, next);
    if (ctx.path === signOut.path && ctx.method === 'GET') return endSession(ctx, signOut);
    await next();
    if (ctx.path === METADATA_PATH && ctx.status === 200) leaveOut(ctx);
    return undefined;
  }

  function authorize(ctx, next) {
    const { scope = '', code_challenge: challenge, redirect_uri: redirectUri, state } = ctx.query;
    if (!scope.split(' ').includes('offline_access')) return next();
    askedForOffline.add(challenge);
    if (behaviour().offlineAccess !== 'refused') return next();
    const back = new URL(redirectUri);
    for (const [name, value] of Object.entries({ error: 'invalid_scope', state, iss: issuer }))
      back.searchParams.set(name, value);
    ctx.redirect(back.href);
    return undefined;
  }

  async function token(ctx, next) {
    const { form } = ctx.state;
    const { secret, offlineAccess } = behaviour();
    if (secret === 'needed' && !form.has('client_secret')) {
      ctx.set('Access-Control-Allow-Origin', ctx.get('Origin') || '*');
      ctx.status = 400;
      ctx.body = { error: 'invalid_request', error_description: 'client_secret is missing.' };
      return;
    }
    await next();
    const verifier = form.get('code_verifier');
    if (verifier === null || offlineAccess !== 'needed' || ctx.status !== 200) return;
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    if (askedForOffline.has(challenge)) return;
    const { refresh_token: _, ...body } = ctx.body;
    ctx.body = body;
  }

  /** Ends the browser's session with the server, and leads where the app is known to be. */
  function endSession(ctx, { path, returnTo }) {
    signOuts.push({ path, parameters: { ...ctx.query } });
    const target = ctx.query[returnTo];
    if (ctx.query.client_id !== clientId || !returnTargets.includes(target)) {
      ctx.status = 400;
      ctx.body = `${path} wants client_id and ${returnTo}, as they are registered`;
      return;
    }
    for (const name of ['_session', '_session.sig'])
      ctx.append('Set-Cookie', `${name}=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT`);
    ctx.redirect(target);
  }

  /** As a server has it that lacks some of the endpoints, or does not say so, or says another. */
  function leaveOut(ctx) {
    const { metadataOmits, signOut } = behaviour();
    const kept = Object.entries(ctx.body).filter(([name]) => !metadataOmits.includes(name));
    ctx.body = Object.fromEntries(kept);
    if (signOut.listed) ctx.body.end_session_endpoint = issuer + signOut.path;
  }

  return { middleware, signOuts };
}
