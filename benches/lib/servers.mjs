/**
 * The servers that every library of the bench signs in to and calls: one authorization server, one more for
 * auth0-spa-js (its issuer ends in a slash, its paths are Auth0's), and the API. All are those of the tests. Two things differ: whoever
 * comes is signed in without a form, and the API knows by itself which tokens are good, so that the floor of a call is a
 * call, and not a call and an introspection.
 */
import { startApi } from '../../tests/server/api.mjs';
import { startProvider } from '../../tests/server/provider.mjs';
import { apiRoutes } from './api-routes.mjs';

// What oidc-provider wants to hear from whoever switches on what is still a draft.
const WEB_MESSAGE_DRAFT = 'individual-draft-01';
const userAgents = {
  firefox: /Firefox\//,
  chromium: /Chrome\//,
  webkit: /^(?!.*(Firefox|Chrome)\/)/,
};
const DAY = 24 * 60 * 60;
/** What the bare fetch sends. The API takes it at any time. */
export const FLOOR_TOKEN = 'floor-token-that-is-as-long-as-one-of-the-servers';

/**
 * @param {object} options
 * @param {{ name: string, clientId: string, server: string, origin: string }[]} options.peers
 * @param {{ sameSite: 'lax' | 'none', secure: boolean }} [options.sessionCookie] of the authorization server
 * @returns {Promise<{ issuer: string, api: string, control: object, issuerOf(peer: object): string, close(): Promise<void> }>}
 */
export async function startServers({ peers, sessionCookie = { sameSite: 'none', secure: true } }) {
  const log = { tokenRequests: [], serverRequests: [] };
  const settings = { accessTokenSeconds: 3600, tokenDelayMs: 0, delayMs: 0 };
  const good = new Map(); // access token -> { expiresAt, grantId, cnf }
  const endedGrants = new Set();
  const watch = watcher({ peers, log, settings, good, endedGrants });
  const options = {
    port: 0,
    accessTokenSeconds: () => settings.accessTokenSeconds,
    idTokenSeconds: DAY,
    redirectUris: ['http://localhost/none'],
    postLogoutRedirectUris: [],
    origins: peers.map(({ origin }) => origin),
    sessionCookie,
    watch,
    extra: {
      findAccount: (ctx, accountId) => account(accountId),
      // How auth0-spa-js asks in a hidden frame.
      features: { webMessageResponseMode: { enabled: true, ack: WEB_MESSAGE_DRAFT } },
    },
  };
  const clientsOf = (server) => peers.filter((peer) => peer.server === server).map(client);
  const standard = await startProvider({ ...options, clients: clientsOf('standard') });
  const slash = await startProvider({
    ...options,
    issuerEnd: '/',
    aliases: { '/authorize': '/auth', '/oauth/token': '/token', '/v2/logout': '/session/end' },
    clients: clientsOf('slash'),
  });
  const providers = { standard, slash };
  const api = await startApi({
    port: 0,
    issuer: standard.issuer,
    introspection: standard.introspection,
    credentials: true,
    routes: apiRoutes,
    claimsOf(token) {
      if (token === FLOOR_TOKEN) return { active: true, sub: 'ada' };
      const entry = good.get(token);
      return entry && entry.expiresAt > Date.now() && !endedGrants.has(entry.grantId)
        ? { active: true, sub: 'ada', cnf: entry.cnf }
        : undefined;
    },
  });
  const providerOf = (peer) => providers[peer.server];
  return {
    issuer: standard.issuer,
    api: api.origin,
    issuerOf: (peer) => providerOf(peer).issuer,
    control: {
      /** Each POST to a token endpoint: { peer, browser, grantType, status, error, at }; `status` is null until answered, 0 where the answer was dropped. */
      tokenRequests: log.tokenRequests,
      /** Each request to an authorization server: { peer, browser, method, path, at, status }; `peer` where the request says so. */
      serverRequests: log.serverRequests,
      /** What the API was asked: { method, path, status, authorization, at }. */
      apiRequests: api.requests,
      /** How the servers behave from now on: `accessTokenSeconds`; `tokenDelayMs` for the token endpoint, `delayMs` for all. */
      settings,
      /** A fault of the token endpoint for this library alone, in one browser if that is named; see tests/server/faults.mjs. */
      fail(peer, fault, browser) {
        const userAgent = userAgents[browser];
        providerOf(peer).faults.push({ ...fault, clientId: peer.clientId, userAgent });
      },
      /** Takes back what `fail` has set up, and has not happened yet. */
      heal(peer, browser) {
        const { faults } = providerOf(peer);
        const isOther = (fault) =>
          fault.clientId !== peer.clientId || fault.userAgent !== userAgents[browser];
        faults.splice(0, faults.length, ...faults.filter(isOther));
      },
      /** The authorization server of a library, whole. */
      providerOf,
      /** From now on the API takes none of the access tokens that were issued so far. */
      refuseTokens: () => good.clear(),
      /** No faults, no delay, tokens of an hour, empty logs. */
      reset() {
        Object.assign(settings, { accessTokenSeconds: 3600, tokenDelayMs: 0, delayMs: 0 });
        for (const { faults } of Object.values(providers)) faults.length = 0;
        for (const list of [log.tokenRequests, log.serverRequests, api.requests]) list.length = 0;
      },
    },
    close: async () => {
      await Promise.all([api, standard, slash].map((server) => server.close()));
    },
  };
}

function client({ clientId, origin }) {
  return {
    client_id: clientId,
    client_name: clientId,
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [`${origin}/callback`, `${origin}/silent`],
    post_logout_redirect_uris: [`${origin}/`],
  };
}

function account(accountId) {
  const profile = { name: 'Ada Lovelace', email: 'ada@example.com', email_verified: true };
  return { accountId, claims: async () => ({ sub: accountId, ...profile }) };
}

/** Koa middleware, first of all but the reading of forms: writes down what comes, signs people in, delays. */
function watcher({ peers, log, settings, good, endedGrants }) {
  const peerOf = (ctx) => {
    const clientId = ctx.state.form?.get('client_id') ?? ctx.query.client_id;
    const origin = ctx.get('Origin');
    return peers.find((peer) => (clientId ? peer.clientId === clientId : peer.origin === origin))?.name;
  };
  const watched = new WeakSet();
  return async (ctx, next) => {
    if (!watched.has(ctx.app)) {
      // A refresh token that came twice, for one: no API takes a token of such a session.
      ctx.app.on('grant.revoked', (_, grantId) => endedGrants.add(grantId));
      watched.add(ctx.app);
    }
    const browser = browserOf(ctx.get('User-Agent'));
    const entry = {
      peer: peerOf(ctx),
      browser,
      method: ctx.method,
      path: ctx.path,
      at: Date.now(),
      status: null,
    };
    log.serverRequests.push(entry);
    if (/^\/interaction\/[\w-]+$/.test(ctx.path)) {
      ctx.set(
        'Location',
        await ctx.app.interactionResult(ctx.req, ctx.res, { login: { accountId: 'ada' }, consent: {} }),
      );
      ctx.body = '';
      ctx.status = 303;
      entry.status = 303;
      return;
    }
    const isToken = ctx.method === 'POST' && ctx.path === '/token';
    const token = isToken && {
      peer: entry.peer,
      browser,
      grantType: ctx.state.form.get('grant_type'),
      at: entry.at,
      status: null,
    };
    if (token) log.tokenRequests.push(token);
    const delay = settings.delayMs + (token ? settings.tokenDelayMs : 0);
    if (delay) await new Promise((resolve) => setTimeout(resolve, delay));
    await next();
    entry.status = ctx.respond === false ? 0 : ctx.status;
    if (token) Object.assign(token, { status: entry.status, error: ctx.body?.error });
    if (token && ctx.body?.access_token) {
      const { jkt, grantId } = ctx.oidc?.entities?.AccessToken ?? {};
      good.set(ctx.body.access_token, {
        expiresAt: Date.now() + ctx.body.expires_in * 1000,
        grantId,
        ...(jkt && { cnf: { jkt } }),
      });
    }
    // The one library that asks for it sends its token requests with credentials.
    if (ctx.get('Origin')) ctx.set('Access-Control-Allow-Credentials', 'true');
  };
}

/** The name of the browser that a request comes from. */
export function browserOf(userAgent) {
  return Object.keys(userAgents).find((name) => userAgents[name].test(userAgent));
}
