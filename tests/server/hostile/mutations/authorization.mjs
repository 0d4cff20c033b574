/** What may stand in the URL by which the browser comes back to the app. */

/** Changes the parameters of the redirect. */
const parameters = (change) => () => ({
  authorization: ({ headers }, context) => {
    const url = new URL(headers.location);
    change(url.searchParams, context);
    headers.location = url.href;
  },
});
/** Writes the query, or all behind the path, by itself. */
const query = (write) => () => ({
  authorization: ({ headers }, context) => {
    const url = new URL(headers.location);
    const written = (name) => encodeURIComponent(url.searchParams.get(name));
    headers.location = url.origin + url.pathname + write({ written, context, all: url.search.slice(1) });
  },
});
/** The server refuses in these words. */
const refuses = (words) =>
  parameters((given) => {
    given.delete('code');
    for (const [name, value] of Object.entries({ error: 'access_denied', ...words })) given.set(name, value);
  });

/** The code is one that was issued for a request with these members. */
const injects = (asked) =>
  parameters((given, { world, query }) => {
    given.set('code', world.grants.issueCode({ ...query, person: 'eve', ...asked }));
  });

const stateMissing = parameters((given) => given.delete('state'));
const stateWrong = parameters((given) => given.set('state', 'AAAA' + given.get('state').slice(4)));
const issuerWrong = parameters((given, { world }) => given.set('iss', world.evil.origin));
const issuerMissing = parameters((given) => given.delete('iss'));

export const authorization = {
  H11: stateMissing,
  'fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-missing-state-fails':
    stateMissing,
  H12: stateWrong,
  'fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-state-fails':
    stateWrong,
  H13: parameters(() => {}),
  H14: issuerWrong,
  'fapi2-security-profile-final-client-test-invalid-authorization-response-iss': issuerWrong,
  H15: issuerMissing,
  'fapi2-security-profile-final-client-test-remove-authorization-response-iss': issuerMissing,
  H17: () => ({
    authorization: (right, context) => {
      refuses({})().authorization(right, context);
      issuerWrong().authorization(right, context);
    },
  }),
  H18: refuses({ error_description: '<script>window.e2e.hacked = true</script>' }),
  H19: parameters((given) => given.set('error', 'access_denied')),
  H20: query(({ all }) => `?${all}#access_token=evil&token_type=Bearer`),
  'own-callback-error-direction': refuses({
    error_description: 'Everything is \u202efine\u202c.\u2066\u200f Call 555-0100\u2069',
  }),
  'own-callback-error-uri-script': refuses({ error_uri: 'javascript:void(window.e2e.hacked = true)' }),
  'own-callback-error-uri-data': refuses({ error_uri: 'data:text/html,<script>alert(1)</script>' }),
  'own-callback-error-long': refuses({ error_description: 'x'.repeat(8_000), error: 'y'.repeat(2_000) }),
  'own-callback-code-twice': parameters((given) => given.append('code', given.get('code'))),
  'own-callback-other-code-first': query(({ all }) => `?code=forged&${all}`),
  'own-callback-code-in-disguise': query(({ all }) => `?${all}&c%6Fde=forged`),
  'own-callback-state-twice': query(({ all }) => `?state=&${all}`),
  'own-callback-issuer-twice': query(({ all, context }) => `?${all}&iss=${context.world.evil.origin}`),
  'own-callback-two-question-marks': query(
    ({ written }) => `?code=${written('code')}?state=${written('state')}&iss=${written('iss')}`,
  ),
  'own-callback-question-mark-first': query(({ all }) => `??${all}`),
  'own-callback-semicolons': query(({ all }) => `?${all.replaceAll('&', ';')}`),
  'own-callback-encoded-ampersand': query(
    ({ written }) =>
      `?code=${written('code')}%26code%3Dforged&state=${written('state')}&iss=${written('iss')}`,
  ),
  'own-callback-encoded-whole': query(({ all }) => `?${encodeURIComponent(all)}`),
  'own-callback-encoded-twice': query(
    ({ all, written }) => `?${all.replace(/iss=[^&]*/, `iss=${encodeURIComponent(written('iss'))}`)}`,
  ),
  'own-callback-fragment': query(({ all }) => `#${all}`),
  'own-callback-issuer-slash': parameters((given) => given.set('iss', `${given.get('iss')}/`)),
  'own-callback-issuer-case': parameters((given) =>
    given.set('iss', given.get('iss').replace('http', 'HTTP')),
  ),
  'own-callback-issuer-empty': parameters((given) => given.set('iss', '')),
  'own-callback-state-space': parameters((given) => given.set('state', `${given.get('state')} `)),
  'own-callback-state-null': parameters((given) => given.set('state', `${given.get('state')}\0`)),
  'own-callback-invalid-utf-8': query(({ all }) => `?%ff%fe=%80&${all}&x=%c0%af`),
  'own-callback-id-token': query(({ all }) => `?${all}&id_token=eyJhbGciOiJub25lIn0.e30.`),
  'own-callback-prototype': query(({ all }) => `?${all}&__proto__=x&constructor=x&toString=x`),
  'own-callback-other-path': () => ({
    authorization: ({ headers }) => {
      headers.location = headers.location.replace('/callback?', '/callback/?');
    },
  }),
  // A code for what somebody else's browser has asked.
  'own-callback-code-injected': injects({ code_challenge: 'of-another-verifier' }),
  'own-callback-code-injected-without-pkce': injects({ nonce: 'of-another-sign-in' }),
  // What the next ones do, their tests do.
  'own-callback-twice-at-once': parameters(() => {}),
  'own-callback-other-tab': parameters(() => {}),
  'own-callback-other-browser': parameters(() => {}),
  'own-callback-other-client': parameters(() => {}),
  'own-callback-huge': parameters(() => {}),
};
