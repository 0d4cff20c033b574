/**
 * A real OpenID Connect server (npm `oidc-provider`) for the demo, the tests and the benches: authorization code with
 * PKCE, rotating refresh tokens with reuse detection, revocation, introspection, DPoP, RP-initiated logout, RFC 9207.
 *
 * Everything lives in memory and is made anew at every start, signing keys and secrets included.
 */
import { randomBytes } from 'node:crypto';

import { createAccounts } from './accounts.mjs';
import { createFaults, tokenEndpoint } from './faults.mjs';
import { gracePeriod } from './grace.mjs';
import { interactions } from './interactions.mjs';
import { createSigningKey } from './keys.mjs';
import { listen } from './listen.mjs';
import { errorPage, signedOutPage, signOutPage } from './pages.mjs';
import { profiledRefreshTokens } from './refresh-tokens.mjs';
import { serviceManners } from './service-manners.mjs';
import { createStore } from './store.mjs';
import { addTokenExchange, TOKEN_EXCHANGE } from './token-exchange.mjs';
import { readForms } from './token-form.mjs';

export const DEMO_CLIENT_ID = 'holdfast-demo';
const API_CLIENT_ID = 'holdfast-api';
const TOKEN_PATH = '/token';
const REVOCATION_PATH = '/token/revocation';
const TWO_WEEKS = 14 * 24 * 60 * 60;

/**
 * @param {object} [options]
 * @param {number} [options.port] 0 for a free one
 * @param {string} [options.host]
 * @param {string} [options.issuerEnd] written after the origin in the issuer: '/' for libraries that expect it so
 * @param {Record<string, string>} [options.aliases] further paths, and which of the server's own each stands for
 * @param {number | (() => number)} [options.accessTokenSeconds]
 * @param {number} [options.idTokenSeconds]
 * @param {string[]} [options.redirectUris] of the demo's client
 * @param {string[]} [options.postLogoutRedirectUris] of the demo's client
 * @param {string[]} [options.origins] that CORS admits; default: the origins of the redirect URIs
 * @param {object[]} [options.clients] further clients, as oidc-provider takes them
 * @param {boolean | (() => boolean)} [options.rotate] whether each refresh gives a new refresh token
 * @param {number} [options.rotationGraceSeconds] for how long a refresh token is taken again after it was rotated, with
 *   the answer that it got the first time; 0, the default, is oidc-provider's own way: reuse ends the grant at once
 * @param {() => object} [options.behaviour] what `behaviourOf` makes of a profile; asked at each request, so it may change. It
 *   takes the place of `rotate` and `rotationGraceSeconds`
 * @param {import('koa').Middleware} [options.watch] sees each request first, and what became of it
 * @param {boolean} [options.tokensEndWithSession] whether signing out at the server ends the app's tokens too; by
 *   default they live on, as `offline_access` has it, so that an app which does not revoke them is found out
 * @param {{ sameSite: 'lax' | 'none', secure: boolean }} [options.sessionCookie] no browser sends a `lax` one in a frame of another
 *   site
 * @param {'RS256'|'PS256'|'ES256'|'EdDSA'} [options.idTokenAlg]
 * @param {{ enabled?: boolean, algorithms?: string[], requireNonce?: boolean, hidesNonce?: boolean }} [options.dpop] whether it takes DPoP proofs
 *   (of which algorithms), *   wants a nonce of its own in them, and hides that nonce by CORS; the latter two may be changed later (`provider.dpop`)
 * @param {boolean} [options.tokenExchange] whether the demo's client may exchange access tokens (RFC 8693)
 * @param {object} [options.extra] oidc-provider settings, laid over these (`features` one by one)
 */
export async function startProvider({
  port = 9000,
  host = '127.0.0.1',
  issuerEnd = '',
  aliases = {},
  accessTokenSeconds = 5,
  idTokenSeconds = 3600,
  redirectUris = ['http://localhost:5173/callback'],
  postLogoutRedirectUris = ['http://localhost:5173/'],
  origins = [...new Set(redirectUris.map((uri) => new URL(uri).origin))],
  clients = [],
  rotate = true,
  rotationGraceSeconds = 0,
  behaviour,
  watch,
  tokensEndWithSession = false,
  sessionCookie = { sameSite: 'lax', secure: false },
  idTokenAlg = 'RS256',
  dpop: { enabled: takesProofs = true, algorithms: proofAlgorithms, ...dpop } = {},
  tokenExchange = false,
  extra = {},
} = {}) {
  const Provider = await importProvider();
  const tokenRequests = [];
  const faults = createFaults();
  const grace = gracePeriod(rotationGraceSeconds);
  const profiled =
    behaviour && profiledRefreshTokens({ tokenPath: TOKEN_PATH, revocationPath: REVOCATION_PATH, behaviour });
  const store = createStore();
  const introspection = { clientId: API_CLIENT_ID, clientSecret: randomBytes(32).toString('base64url') };
  const keys = [await createSigningKey(idTokenAlg)];

  let handle = (request, response) => response.writeHead(503).end();
  const server = await listen(
    (request, response) => {
      const [path] = request.url.split('?');
      if (Object.hasOwn(aliases, path)) request.url = aliases[path] + request.url.slice(path.length);
      handle(request, response);
    },
    { port, host },
  );
  const issuer = server.origin + issuerEnd;
  const accounts = createAccounts({ issuer });
  const manners =
    behaviour &&
    serviceManners({
      issuer,
      clientId: DEMO_CLIENT_ID,
      returnTargets: postLogoutRedirectUris,
      tokenPath: TOKEN_PATH,
      behaviour,
    });

  const settings = {
    adapter: store,
    clients: [
      {
        client_id: DEMO_CLIENT_ID,
        client_name: 'Holdfast demo',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token', ...(tokenExchange ? [TOKEN_EXCHANGE] : [])],
        response_types: ['code'],
        redirect_uris: redirectUris,
        post_logout_redirect_uris: postLogoutRedirectUris,
      },
      {
        client_id: API_CLIENT_ID,
        client_secret: introspection.clientSecret,
        client_name: 'Holdfast demo API',
        grant_types: [],
        response_types: [],
        redirect_uris: [],
      },
      ...clients,
    ],
    acrValues: ['urn:example:strong', 'urn:example:weak'],
    clientDefaults: { id_token_signed_response_alg: idTokenAlg },
    findAccount: (ctx, accountId) => accounts.find(accountId),
    claims: {
      openid: ['sub'],
      profile: ['name', 'given_name', 'preferred_username', 'picture'],
      email: ['email', 'email_verified'],
    },
    conformIdTokenClaims: false, // the claims of `profile` and `email` are in the ID token, not only at userinfo
    clockTolerance: 0, // the default, 15 s, would keep a token of 5 s alive for 20 s
    clientBasedCORS: (ctx, origin) => origins.includes(origin),
    cookies: {
      keys: [randomBytes(32).toString('base64url')],
      long: { httpOnly: true, sameSite: sessionCookie.sameSite },
    },
    // For APIs that ask for a newer or stronger sign-in (RFC 9470 section 6.2).
    extraTokenClaims: ({ oidc: { entities } }) => {
      const { authTime, acr } = entities.AuthorizationCode ?? entities.RefreshToken ?? {};
      return { auth_time: authTime, acr };
    },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: grantWhatIsAsked,
    // By default oidc-provider drops offline_access, and with it the refresh token, unless prompt=consent is sent.
    issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: async () => tokensEndWithSession,
    rotateRefreshToken: behaviour ? false : rotate,
    renderError: (ctx, out) => html(ctx, errorPage(out)),
    ttl: {
      AccessToken: typeof accessTokenSeconds === 'function' ? () => accessTokenSeconds() : accessTokenSeconds,
      AuthorizationCode: 60,
      Grant: TWO_WEEKS,
      IdToken: idTokenSeconds,
      Interaction: 3600,
      RefreshToken: TWO_WEEKS,
      Session: TWO_WEEKS,
    },
    ...(proofAlgorithms && { enabledJWA: { dPoPSigningAlgValues: proofAlgorithms } }),
    ...extra,
    features: {
      devInteractions: { enabled: false },
      dPoP: {
        enabled: takesProofs,
        nonceSecret: randomBytes(32),
        requireNonce: () => dpop.requireNonce === true,
      },
      introspection: { enabled: true, allowedPolicy: (ctx, client) => client.clientId === API_CLIENT_ID },
      revocation: {
        enabled: true,
        allowedPolicy: (ctx, client, token) => client.clientId === token.clientId,
      },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (ctx, resource) => ({ scope: 'api', audience: resource }),
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) =>
          html(ctx, signOutPage({ clientName: ctx.oidc.client?.clientName, form })),
        postLogoutSuccessSource: (ctx) => html(ctx, signedOutPage()),
      },
      ...extra.features,
    },
  };

  function open() {
    // A provider's keys are fixed when it is made; the store, and thus every session, is shared by all of them.
    const provider = new Provider(issuer, { ...settings, jwks: { keys } });
    if (tokenExchange) addTokenExchange(provider);
    if (sessionCookie.secure) provider.use(secureSessionCookie);
    provider.use(readForms({ paths: [TOKEN_PATH, REVOCATION_PATH] }));
    if (watch) provider.use(watch);
    provider.use(tokenEndpoint({ path: TOKEN_PATH, faults, tokenRequests }));
    provider.use(hideNonce(dpop));
    if (manners) provider.use(manners.middleware);
    provider.use(profiled?.middleware ?? grace.middleware);
    provider.use(interactions({ accounts, formTargets: origins }));
    provider.on('server_error', (ctx, error) => console.error('authorization server:', error));
    provider.on('grant.error', (ctx, { error_detail: detail }) => {
      ctx.state.errorDetail = detail;
    });
    provider.on('error', () => {}); // broken connections; real faults are reported above
    handle = provider.callback();
  }
  open();

  return {
    issuer,
    port: server.port,
    tokenRequests,
    dpop,
    faults: faults.queue,
    introspection,
    /** The grace period from now on, as `rotationGraceSeconds` has it. */
    setRotationGrace: grace.set,
    /** With `behaviour`: which refresh tokens would buy something now. */
    acceptedRefreshTokens: () => profiled?.accepted() ?? [],
    /** With `behaviour`: the tokens that were to be revoked. */
    revocations: profiled?.revocations ?? [],
    /** With `behaviour`: the requests for a sign-out page that is not the standard's. */
    signOuts: manners?.signOuts ?? [],
    /** Ends every session of every app, as an administrator can. The people stay signed in at the server itself. */
    endAppSessions() {
      profiled?.endAll();
      store.endGrants();
    },
    /** Signs with a new key from now on; the old ones stay published unless `keepOld` is false. */
    async rotateKeys({ keepOld = true } = {}) {
      const key = await createSigningKey(idTokenAlg);
      if (!keepOld) keys.length = 0;
      keys.unshift(key);
      open();
      return { kid: key.kid };
    },
    close: () => server.close(),
  };
}

/** oidc-provider runs on Node 20 (these tests show it), but says at import that it wants 22. */
async function importProvider() {
  const warn = console.warn;
  console.warn = (...words) => {
    if (!String(words[0]).includes('Unsupported runtime')) warn(...words);
  };
  try {
    return (await import('oidc-provider')).default;
  } finally {
    console.warn = warn;
  }
}

/**
 * Consent without a question. Every sign-in gets a grant of its own: revoking one app window's refresh token revokes
 * its whole grant, and must not end the session of another window, or the sign-in that just replaced it.
 */
async function grantWhatIsAsked(ctx) {
  const { client, params, provider, resourceServers, session } = ctx.oidc;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  if (params.scope) grant.addOIDCScope(params.scope);
  for (const [resource, { scopes }] of Object.entries(resourceServers)) {
    grant.addResourceScope(resource, [...scopes].join(' '));
  }
  await grant.save();
  return grant;
}

/** As a server does whose CORS was not thought of with DPoP in mind. */
function hideNonce(dpop) {
  return async (ctx, next) => {
    await next();
    const exposed = ctx.response.get('Access-Control-Expose-Headers');
    if (dpop.hidesNonce && exposed) {
      ctx.set('Access-Control-Expose-Headers', exposed.replace(/DPoP-Nonce,? ?/i, ''));
    }
  };
}

/** By itself oidc-provider sends no Secure cookie over http; Chromium and Firefox take it from a loopback address. */
async function secureSessionCookie(ctx, next) {
  await next();
  const cookies = [ctx.res.getHeader('set-cookie') ?? []].flat();
  if (cookies.length === 0) return;
  ctx.set(
    'Set-Cookie',
    cookies.map((cookie) => (cookie.startsWith('_session') ? `${cookie}; secure` : cookie)),
  );
}

function html(ctx, body) {
  ctx.type = 'html';
  ctx.body = body;
}
