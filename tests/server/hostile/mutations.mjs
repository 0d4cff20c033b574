/**
 * Everything that a hostile server does, by name: the ids of tests/vectors/hostile-browser.json. A mutation makes hooks; each
 * gets the answer that would have been right, and changes it or gives another one:
 *
 * - `discovery`, `keys`, `authorization` (the redirect back to the app), `token`, `refresh`, `revocation`, `api`:
 *   the answer, `{ status, headers, json, body, send }`;
 * - `idToken`, `refreshedIdToken`: the draft, `{ header, claims, key, finish }`, before it is signed.
 */
import { authorization } from './mutations/authorization.mjs';
import { discovery } from './mutations/discovery.mjs';
import { dpop } from './mutations/dpop.mjs';
import { idToken } from './mutations/id-token.mjs';
import { mixUp } from './mutations/mix-up.mjs';
import { refresh } from './mutations/refresh.mjs';
import { resource } from './mutations/resource.mjs';
import { token } from './mutations/token.mjs';

/** @type {Record<string, (world: object) => Record<string, (right: any, context: object) => any>>} */
export const mutations = {
  ...discovery,
  ...authorization,
  ...token,
  ...idToken,
  ...refresh,
  ...dpop,
  ...resource,
  ...mixUp,
};
