/**
 * Who the test server can behave as: the services of src/core/providers.json, which says what each fact means, and a few more of no
 * service in particular. All of it is plain data; refresh-tokens.mjs and service-manners.mjs act upon it.
 */
import { readFileSync } from 'node:fs';

const data = JSON.parse(readFileSync(new URL('../../src/core/providers.json', import.meta.url), 'utf8'));

/** Where the facts of no service in particular are written. */
const sources = {
  ...data.sources,
  'oidc-core-offline': 'https://openid.net/specs/openid-connect-core-1_0.html#OfflineAccess',
  logout: 'https://openid.net/specs/openid-connect-rpinitiated-1_0.html',
  'rfc6749-refresh': 'https://www.rfc-editor.org/rfc/rfc6749#section-6',
  rfc7009: 'https://www.rfc-editor.org/rfc/rfc7009#section-2.1',
  rfc8707: 'https://www.rfc-editor.org/rfc/rfc8707#section-2',
  rfc9700: 'https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2',
};

/** A fact, and the name of where it is written. */
const fact = (value, source) => ({ value, source });

/** What a profile of no service in particular says nothing else about. */
const standard = {
  offlineAccess: fact('unneeded', 'oidc-core-offline'),
  rotation: fact('replaces', 'rfc9700'),
  graceSeconds: fact(30, 'okta-refresh'),
  graceAnswer: fact('same', 'rfc9700'),
  reuseEnds: fact('session', 'rfc9700'),
  revocationEnds: fact('session', 'rfc7009'),
  refusal: fact(
    { status: 400, body: { error: 'invalid_grant', error_description: 'The refresh token is invalid.' } },
    'rfc6749-refusal',
  ),
  accessTokenSeconds: fact(3600, 'rfc6749-answer'),
  refreshTokenHours: fact(null, 'rfc6749-refresh'),
  omits: fact([], 'rfc6749-answer'),
  metadataOmits: fact([], 'rfc8414'),
  dpop: fact('optional', 'rfc9449'),
  target: fact('resource', 'rfc8707'),
  signOut: fact('standard', 'logout'),
  secret: fact('none', 'rfc6749-refresh'),
};

const general = (id, name, summary, facts = {}, client = {}) => ({
  id,
  name,
  summary,
  facts: { ...standard, ...facts },
  client,
});

const services = Object.entries(data.providers).map(([id, { like, summary, facts }]) => ({
  id,
  name: like,
  summary,
  facts,
  client: { provider: id, ...(facts.dpop.value === 'none' && { dpop: 'off' }) },
}));
const service = (id) => services.find((each) => each.id === id);

/** A service with a setting that many people change. */
const variant = (of, id, name, summary, facts) => ({
  ...service(of),
  id,
  name,
  summary,
  facts: { ...service(of).facts, ...facts },
});

/** In the order in which they are offered. `client` has the options of `createAuthClient` that suit each. */
export const profiles = [
  general(
    'standard',
    'Standard rotation',
    'Each refresh replaces the refresh token; the one before is taken for 30 s more.',
    {},
    { rotationGraceSeconds: 30 },
  ),
  service('okta'),
  service('auth0'),
  variant(
    'auth0',
    'auth0-overlap',
    'Auth0-like, overlap 10 s',
    'The same with a rotation overlap period of 10 s: then a lost answer does no harm.',
    { graceSeconds: fact(10, 'auth0-configure') },
  ),
  service('keycloak'),
  variant(
    'keycloak',
    'keycloak-revoke',
    'Keycloak-like, tokens revoked',
    '“Revoke Refresh Token” on, reuse 0: rotates without grace, and reuse ends the session.',
    {
      rotation: fact('replaces', 'keycloak-timeouts'),
      reuseEnds: fact('session', 'keycloak-code'),
      refusal: fact(
        {
          status: 400,
          body: { error: 'invalid_grant', error_description: 'Maximum allowed refresh token reuse exceeded' },
        },
        'keycloak-code',
      ),
    },
  ),
  service('entra'),
  service('cognito'),
  service('google'),
  service('duende'),
  service('oidc-provider'),
  general(
    'no-rotation',
    'No rotation',
    'One refresh token for the whole session; nothing that gets lost can hurt it.',
    { rotation: fact('repeats', 'rfc6749-refresh'), reuseEnds: fact('nothing', 'rfc6749-refresh') },
    { rotationGraceSeconds: 30 },
  ),
  general(
    'no-grace',
    'No grace period',
    'Rotates, and takes the token before never again: whoever loses an answer signs in anew.',
    { graceSeconds: fact(0, 'rfc9700') },
  ),
  general(
    'terse',
    'Terse',
    'Says nothing that it need not: no expires_in, no scope, and an empty 400 for a dead token.',
    {
      refusal: fact({ status: 400, body: {} }, 'rfc6749-refusal'),
      omits: fact(['expires_in', 'scope'], 'rfc6749-answer'),
    },
    { rotationGraceSeconds: 30 },
  ),
];

/** The values alone, by their names. @returns {Record<string, any>} */
export function behaviourOf({ facts }) {
  return Object.fromEntries(Object.entries(facts).map(([name, { value }]) => [name, value]));
}

/** The address of a source. */
export const sourceOf = ({ source }) => sources[source];

/** A scope to ask this service for, with refresh tokens. */
export function scopeFor({ facts }) {
  const offline = facts.offlineAccess.value === 'needed' ? ' offline_access' : '';
  return `openid profile email${offline}`;
}
