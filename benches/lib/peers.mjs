/**
 * Who is measured: each library in the mode that its own documentation recommends for a single-page app, or the mode
 * that comes closest to holdfast's where there is one.
 *
 * `server`: 'standard', or 'slash' for an issuer that ends in a slash with Auth0's paths. `sizeOnly`: why the app can't run
 * against the bench's server.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packageFolder } from '../../tests/e2e/support/package.mjs';
import { root } from '../../tools/lib/paths.mjs';

const TLS =
  'asks for an authority over TLS with the paths of Microsoft Entra ID, which the bench has none of';

const all = [
  { name: 'floor', title: 'bare fetch', settings: 'a fixed header, no library' },
  {
    name: 'holdfast-shared',
    title: 'holdfast',
    package: 'holdfast',
    settings: 'SharedWorker, `assetsUrl`, escrow',
  },
  {
    name: 'holdfast-dedicated',
    title: 'holdfast, dedicated',
    package: 'holdfast',
    settings: "`host: 'dedicated'`, `assetsUrl`, escrow",
  },
  {
    name: 'auth0',
    title: 'auth0-spa-js',
    package: '@auth0/auth0-spa-js',
    settings: 'refresh tokens, in memory, in its worker',
    server: 'slash',
  },
  {
    name: 'oidc-client-ts',
    title: 'oidc-client-ts',
    package: 'oidc-client-ts',
    settings: 'as it comes: sessionStorage, renewal by timer',
  },
  {
    name: 'okta',
    title: 'okta-auth-js',
    package: '@okta/okta-auth-js',
    settings: 'as it comes: localStorage, renewal by timer',
  },
  {
    name: 'axa',
    title: '@axa-fr/oidc-client',
    package: '@axa-fr/oidc-client',
    settings: 'service worker only',
  },
  {
    name: 'asgardeo',
    title: '@asgardeo/auth-spa',
    package: '@asgardeo/auth-spa',
    settings: '`webWorker` storage',
  },
  {
    name: 'keycloak',
    title: 'keycloak-js',
    package: 'keycloak-js',
    settings: '`oidcProvider`, no login frame',
    sizeOnly: "reads access and refresh tokens as JWTs, and those of the bench's server are opaque",
  },
  {
    name: 'oauth4webapi',
    title: 'oauth4webapi',
    package: 'oauth4webapi',
    settings: 'by hand: in memory, one refresh at a time in a tab',
  },
  {
    name: 'msal',
    title: 'msal-browser',
    package: '@azure/msal-browser',
    settings: 'sessionStorage',
    sizeOnly: TLS,
  },
];

/** @returns {{ name: string, title: string, settings: string, version: string | null, server: string, clientId: string, sizeOnly?: string }[]} */
export const peers = all.map(complete);

/**
 * Other modes that a library's documentation offers, for the measures of behaviour: there they differ. `variantOf` names the
 * peer whose app they are, with `appSettings`.
 */
export const variants = [
  {
    name: 'auth0-frame',
    variantOf: 'auth0',
    settings: 'refresh tokens, in memory, and `useRefreshTokensFallback`: a hidden frame',
    appSettings: { frame: true },
  },
  {
    name: 'auth0-local',
    variantOf: 'auth0',
    settings: 'refresh tokens, in localStorage',
    appSettings: { storage: 'local' },
  },
  {
    name: 'oidc-client-ts-local',
    variantOf: 'oidc-client-ts',
    settings: 'localStorage, renewal by timer',
    appSettings: { storage: 'local' },
  },
  {
    name: 'asgardeo-frame',
    variantOf: 'asgardeo',
    settings: '`webWorker` storage, `trySignInSilently`: a hidden frame',
    appSettings: { frame: true },
  },
].map((variant) => complete({ ...all.find(({ name }) => name === variant.variantOf), ...variant }));

function complete(peer) {
  return {
    server: 'standard',
    clientId: `bench-${peer.name}`,
    ...peer,
    get version() {
      return versionOf(peer.package);
    },
  };
}

/** The installed version of a package, null for none. */
function versionOf(name) {
  if (!name) return null;
  const folder = name === 'holdfast' ? packageFolder : path.join(root, 'benches/node_modules', name);
  try {
    return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).version;
  } catch {
    return null; // whoever bundles it hears why
  }
}
