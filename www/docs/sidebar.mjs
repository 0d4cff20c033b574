/**
 * What the site has, in its order. `source` is the file of the repository that a page is made of; where it is absent,
 * the page is made by the site's own tools. A page of docs/ that is not named here fails the build.
 */
const page = (source, text) => ({ source, text });

export const sidebar = [
  {
    text: 'Start',
    items: [
      page('docs/getting-started.md', 'Getting started'),
      page('README.md', 'Everything on one page'),
      page('docs/architecture.md', 'Architecture'),
    ],
  },
  {
    text: 'In your app',
    items: [
      page('docs/react.md', 'React'),
      page('docs/vue.md', 'Vue'),
      page('docs/angular.md', 'Angular'),
      page('docs/extension.md', 'Browser extensions'),
      page('docs/testing.md', 'Testing your app'),
      page('docs/bundlers.md', 'Bundlers'),
      page('docs/using-with.md', 'Other libraries'),
    ],
  },
  {
    text: 'Your server',
    items: [
      page('docs/providers.md', 'What every server needs'),
      page('docs/providers/okta.md', 'Okta'),
      page('docs/providers/auth0.md', 'Auth0'),
      page('docs/providers/keycloak.md', 'Keycloak'),
      page('docs/providers/entra-id.md', 'Microsoft Entra ID'),
      page('docs/providers/cognito.md', 'Amazon Cognito'),
      page('docs/providers/google.md', 'Google'),
      page('docs/providers/duende.md', 'Duende IdentityServer'),
      page('docs/providers/oidc-provider.md', 'oidc-provider'),
    ],
  },
  {
    text: 'When something goes wrong',
    items: [
      page('docs/signed-out.md', 'Why was I signed out?'),
      page('docs/troubleshooting.md', 'Troubleshooting'),
      page('docs/diagnosing.md', 'Diagnosing'),
    ],
  },
  {
    text: 'In depth',
    items: [
      page('docs/staying-signed-in.md', 'Staying signed in'),
      page('docs/resources.md', 'Who receives a token'),
      page('docs/fetch.md', 'auth.fetch'),
      page('docs/authorization-request.md', 'The authorization request'),
      page('docs/popup.md', 'Signing in by a popup'),
      page('docs/step-up.md', 'Step-up'),
      page('docs/sign-out.md', 'Signing out'),
      page('docs/userinfo.md', 'Userinfo'),
      page('docs/dpop.md', 'DPoP'),
      page('docs/rotation-faults.md', 'What a refresh may meet'),
      page('docs/size.md', 'Size'),
      page('docs/benchmarks.md', 'Benchmarks'),
    ],
  },
  {
    text: 'Migrating from',
    items: [
      page('docs/migrating.md', 'What changes'),
      page('docs/migrating/auth0-spa-js.md', 'auth0-spa-js'),
      page('docs/migrating/oidc-client-ts.md', 'oidc-client-ts'),
      page('docs/migrating/keycloak-js.md', 'keycloak-js'),
      page('docs/migrating/msal-browser.md', 'msal-browser'),
      page('docs/migrating/angular-auth-oidc-client.md', 'angular-auth-oidc-client'),
    ],
  },
  {
    text: 'Reference',
    items: [
      { link: '/reference/options', text: 'Options' },
      { link: '/reference/client', text: 'The client' },
      { link: '/reference/events', text: 'Events' },
      { link: '/reference/errors', text: 'Errors' },
      { link: '/reference/types', text: 'Types' },
    ],
  },
  {
    text: 'Security',
    items: [
      page('SECURITY.md', 'Threat model'),
      page('docs/confinement.md', 'What script in the page can do'),
      page('docs/hostile-server.md', 'A hostile server'),
      page('docs/security-requirements.md', 'Requirements and their tests'),
      page('docs/mutants.md', 'Changes that no test notices'),
      page('docs/csp.md', 'The policies to send'),
    ],
  },
  {
    text: 'The project',
    items: [
      page('docs/simulation.md', 'Proof by simulation'),
      page('CONTRIBUTING.md', 'Contributing'),
      page('CHANGELOG.md', 'Changelog'),
    ],
  },
];

/** Pages that are still being written: left out where they are absent. */
export const expected = [];
