/** What the token endpoint may answer to the code. */
import { gzipSync } from 'node:zlib';
import { badManners, redirection } from '../answers.mjs';

const says = (change) => () => ({ token: ({ json }, context) => void change(json, context) });
const sends = (answer) => () => ({ token: answer });
const text = (change) => sends((right) => ({ ...right, body: change(JSON.stringify(right.json)) }));
const toEvil = (status) =>
  sends((_, { world, request }) => ({
    ...redirection(`${world.evil.origin}/token`, status),
    headers: {
      location: `${world.evil.origin}/token`,
      'access-control-allow-origin': request.headers.origin,
    },
  }));
const invertCase = (word) =>
  word.replace(/[a-z]/gi, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()));
const refusal = (json, status = 400) => sends((right) => ({ ...right, status, json }));

export const token = {
  'oidcc-client-test': says(() => {}),
  H24: toEvil(307),
  'H24-302': toEvil(302),
  'own-token-redirect-303': toEvil(303),
  'own-token-redirect-308': toEvil(308),
  'own-token-redirect-to-itself': sends((_, { url, request }) => ({
    ...redirection(url, 307),
    headers: { location: url, 'access-control-allow-origin': request.headers.origin },
  })),
  'own-token-redirect-to-script': sends(() => redirection('javascript:void(0)')),
  H25: sends((right) => ({
    ...right,
    headers: { ...right.headers, 'content-type': 'text/html' },
    body: '<!doctype html><title>Welcome</title>',
  })),
  H27: says((json) => delete json.access_token),
  'H27-type': says((json) => delete json.token_type),
  H28: says((json) => (json.token_type = 'MAC')),
  'H28-none': says((json) => (json.token_type = 'N_A')),
  H29: says((json) => (json.token_type = invertCase(json.token_type))),
  'H30-text': says((json) => (json.expires_in = '600')),
  'H30-negative': says((json) => (json.expires_in = -600)),
  'H30-nonsense': says((json) => (json.expires_in = 'NaN')),
  H30: says((json) => delete json.expires_in),
  'fapi2-security-profile-final-client-test-token-endpoint-response-without-expires_in': says(
    (json) => delete json.expires_in,
  ),
  'own-token-expires-in-huge': text((body) => body.replace('"expires_in":600', '"expires_in":9e307')),
  'own-token-expires-in-infinite': text((body) => body.replace('"expires_in":600', '"expires_in":1e400')),
  H31: says((json) => (json.scope = ['openid', { evil: true }])),
  H32: says((json) => (json.refresh_token = '')),
  H33: sends(badManners.silent),
  H34: sends(badManners.lost),
  H36: sends((right) => ({ ...right, status: 400, body: 'no' })),
  H37: sends((right) => ({ ...right, status: 429, headers: { ...right.headers, 'retry-after': '1' } })),
  H38: sends((right) => ({ ...right, status: 503, body: '' })),
  'own-token-dripping': sends(badManners.dripping),
  'own-token-cut': sends(badManners.cut),
  'own-token-no-cors': sends((right) => {
    delete right.headers['access-control-allow-origin'];
  }),
  'own-token-cors-for-other': sends((right, { world }) => {
    right.headers['access-control-allow-origin'] = world.evil.origin;
  }),
  'own-token-gzip-bomb': sends((right) => ({
    ...right,
    headers: { ...right.headers, 'content-encoding': 'gzip' },
    body: gzipSync(Buffer.alloc(8 * 1024 * 1024, ' ')),
  })),
  'own-token-byte-order-mark': text((body) => `\ufeff${body}`),
  'own-token-utf-16': sends((right) => ({
    ...right,
    body: Buffer.from(JSON.stringify(right.json), 'utf16le'),
  })),
  'own-token-empty': sends((right) => ({ ...right, body: '' })),
  'own-token-list': text((body) => `[${body}]`),
  'own-token-twice': text((body) => `${body}${body}`),
  'own-token-access-token-twice': text((body) => `${body.slice(0, -1)},"access_token":"evil"}`),
  'own-token-id-token-twice': text((body) => `${body.slice(0, -1)},"id_token":"e30.e30."}`),
  'own-token-nested': text(
    (body) => `${body.slice(0, -1)},"x":${'{"x":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
  ),
  'own-token-prototype': text((body) => `${body.slice(0, -1)},"__proto__":{"token_type":"MAC"}}`),
  'own-token-header-injection': says((json) => (json.access_token += '\r\nX-Evil: 1')),
  'own-token-not-a-text': says((json) => (json.access_token = { toString: 'evil' })),
  'own-token-refresh-token-number': says((json) => (json.refresh_token = 7)),
  'own-token-beyond-ascii': says((json) => (json.access_token = 'tökén')),
  'own-token-huge': says((json) => (json.extra = 'x'.repeat(5_000_000))),
  'own-token-without-id-token': says((json) => delete json.id_token),
  'own-token-error-and-tokens': says((json) => (json.error = 'access_denied')),
  'own-token-status-201': sends((right) => void (right.status = 201)),
  'own-token-tokens-with-400': sends((right) => void (right.status = 400)),
  'own-token-error-quotes-secrets': sends((right, { form }) => ({
    ...right,
    status: 400,
    json: {
      error: 'invalid_grant',
      error_description: `the code ${form.code} and its verifier ${form.code_verifier}`,
      error_uri: `https://login.example/?code=${form.code}`,
    },
  })),
  'own-token-error-script': refusal({
    error: 'invalid_grant',
    error_description: '<img src=x onerror="window.e2e.hacked = true">',
    error_uri: 'javascript:void(window.e2e.hacked = true)',
  }),
  'own-token-error-not-a-text': refusal({ error: { code: 'invalid_grant' } }),
  'own-token-cookie': sends((right) => {
    right.headers['set-cookie'] = 'evil=1; SameSite=None; Secure; Path=/';
    right.headers['clear-site-data'] = '"*"';
  }),
};
