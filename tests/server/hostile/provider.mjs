/**
 * A small OpenID provider that keeps all rules, but for the one that the mutation of the day breaks. Whoever comes to its
 * authorization endpoint is signed in at once, as `person`, without a page.
 *
 * What a mutation may change is named by its hooks (see mutations.mjs): each gets the answer that would have been right.
 */
import { createHash } from 'node:crypto';
import { listen } from '../listen.mjs';
import { corsFor, jsonAnswer, readBody, redirection, sendAnswer } from './answers.mjs';
import { makeKey, signToken } from './keys.mjs';

const TOKEN_SECONDS = 600;

/**
 * @param {object} options
 * @param {number} [options.port]  0 for a free one
 * @param {Record<string, string[]>} options.clients  redirect URIs by client id
 * @param {object} options.world  `{ journal, grants, proofs, change(hook, answer, context) }`
 * @param {string} [options.name]  by which the journal knows it
 * @param {object} [options.grants]  others than the world's
 */
export async function startHostileProvider({
  port = 0,
  clients,
  world,
  name = 'provider',
  grants = world.grants,
}) {
  const { journal, proofs } = world;
  const provider = {
    person: 'alice',
    /** Whether its authorization responses say whose they are (RFC 9207), and its metadata says that they do. */
    namesItself: true,
    keys: await Promise.all(['ES256', 'RS256', 'PS256', 'EdDSA'].map(makeKey)),
    /** The key that signs. */
    get key() {
      return provider.keys[0];
    },
    close: () => server.close(),
  };

  const routes = {
    'GET /.well-known/openid-configuration': () => ['discovery', jsonAnswer(metadata())],
    'GET /jwks': () => ['keys', jsonAnswer({ keys: provider.keys.map(({ jwk }) => jwk) })],
    'GET /authorize': ({ query }) => authorize(query),
    'POST /token': (call) => (call.form.grant_type === 'refresh_token' ? refresh(call) : exchange(call)),
    'POST /revoke': ({ form }) => {
      grants.revoke(form.token);
      return ['revocation', jsonAnswer({})];
    },
    'GET /userinfo': ({ request }) => {
      const family = grants.familyOf(request.headers.authorization?.replace(/^\w+ /, ''));
      return ['userinfo', family ? jsonAnswer({ sub: family.person }) : jsonAnswer({}, 401)];
    },
    'GET /logout': ({ query }) => [
      'endSession',
      redirection(query.post_logout_redirect_uri ?? provider.issuer),
    ],
  };

  const server = await listen((request, response) => void answer(request, response), {
    port,
    host: '127.0.0.1',
  });
  provider.issuer = server.origin;
  return provider;

  async function answer(request, response) {
    try {
      const [path] = request.url.split('?');
      if (request.method === 'OPTIONS') return response.writeHead(204, corsFor(request)).end();
      const body = await readBody(request);
      const query = Object.fromEntries(new URL(request.url, provider.issuer).searchParams);
      const form = Object.fromEntries(new URLSearchParams(body));
      if (path === '/token') journal.learn('code verifier', form.code_verifier);
      journal.keep(name, request, body);
      const call = { request, query, form, provider, url: provider.issuer + path };
      const route = routes[`${request.method} ${path}`] ?? (() => ['other', jsonAnswer({}, 404)]);
      const [hook, right] = await route(call);
      const isPage = hook === 'authorization' || hook === 'endSession';
      if (!isPage) right.headers = { ...corsFor(request), ...right.headers };
      return sendAnswer(response, await world.change(hook, right, call));
    } catch (error) {
      console.error(`${name}:`, error);
      return response.destroy();
    }
  }

  function metadata() {
    const { issuer } = provider;
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/userinfo`,
      revocation_endpoint: `${issuer}/revoke`,
      end_session_endpoint: `${issuer}/logout`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'EdDSA'],
      code_challenge_methods_supported: ['S256'],
      dpop_signing_alg_values_supported: ['ES256'],
      authorization_response_iss_parameter_supported: provider.namesItself,
    };
  }

  function authorize(query) {
    journal.learnChallenge(query.code_challenge);
    const isKnown = clients[query.client_id]?.includes(query.redirect_uri);
    const isFine = isKnown && query.response_type === 'code' && query.code_challenge_method === 'S256';
    if (!isFine) return ['refusedPage', jsonAnswer({ error: 'invalid_request' }, 400)];
    const code = grants.issueCode({ ...query, person: provider.person });
    const answers = new URLSearchParams({ code, state: query.state });
    if (provider.namesItself) answers.set('iss', provider.issuer);
    return ['authorization', redirection(`${query.redirect_uri}?${answers}`)];
  }

  async function exchange({ request, form, url }) {
    const proof = proofOf(request, url);
    if (proof.error) return ['token', refusal(proof.error)];
    const asked = form.grant_type === 'authorization_code' && grants.takeCode(form);
    if (!asked) return ['token', refusal('invalid_grant')];
    const family = { person: asked.person, client: form.client_id, scope: asked.scope, jkt: proof.jkt };
    return ['token', await tokens(family, 'idToken', { form, moreClaims: { nonce: asked.nonce } })];
  }

  async function refresh({ request, form, url }) {
    const proof = proofOf(request, url);
    if (proof.error) return ['refresh', refusal(proof.error)];
    const family = grants.takeRefreshToken(form.refresh_token, proof.jkt);
    if (!family || family.client !== form.client_id) return ['refresh', refusal('invalid_grant')];
    return ['refresh', await tokens(family, 'refreshedIdToken', { form })];
  }

  function proofOf(request, url) {
    return request.headers.dpop ? proofs.check({ request, url }) : {};
  }

  function refusal(error) {
    const answered = jsonAnswer({ error }, 400);
    if (proofs.nonce) answered.headers['dpop-nonce'] = proofs.nonce;
    return answered;
  }

  async function tokens(family, hook, { form, moreClaims }) {
    const { accessToken, refreshToken } = grants.issueTokens(family);
    const now = Math.floor(Date.now() / 1000);
    const draft = {
      header: { alg: provider.key.algorithm, kid: provider.key.jwk.kid, typ: 'JWT' },
      claims: {
        iss: provider.issuer,
        sub: family.person,
        aud: family.client,
        iat: now,
        exp: now + TOKEN_SECONDS,
        auth_time: now,
        at_hash: createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url'),
        ...moreClaims,
      },
      key: provider.key,
    };
    const changed = await world.change(hook, draft, { provider, family, form });
    const idToken = journal.learn('ID token', await signToken(changed));
    const answered = jsonAnswer({
      access_token: accessToken,
      token_type: family.jkt ? 'DPoP' : 'Bearer',
      expires_in: TOKEN_SECONDS,
      refresh_token: refreshToken,
      id_token: idToken,
      scope: family.scope,
    });
    if (proofs.nonce) answered.headers['dpop-nonce'] = proofs.nonce;
    return answered;
  }
}
