/** What servers may do with DPoP (RFC 9449) and its nonces. */

const invert = (word) =>
  word.replace(/[a-z]/gi, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()));
const wantsNonce = (world) => void (world.proofs.nonce = 'nonce-1');
let count = 0;

/** The token endpoint wants this nonce, whatever it is. */
const nonce = (value) => (world) => {
  world.proofs.nonce = value;
  return { token: () => {} };
};

export const dpop = {
  'fapi2-security-profile-final-client-test-token-type-case-insensitivity': () => ({
    token: ({ json }) => void (json.token_type = invert(json.token_type)),
  }),
  'fapi2-security-profile-final-client-test-happy-path': (world) => {
    wantsNonce(world);
    return { token: () => {} };
  },
  'fapi2-security-profile-final-client-test-happy-path-no-dpop-nonce': () => ({ token: () => {} }),
  H65: (world) => {
    wantsNonce(world);
    return { token: () => {} };
  },
  H66: (world) => {
    wantsNonce(world);
    const rotate = (right) => {
      world.proofs.nonce = `nonce-${(count += 1)}`;
      right.headers['dpop-nonce'] = world.proofs.nonce;
    };
    return { token: rotate, refresh: rotate, api: rotate };
  },
  H68: () => ({
    token: (right) => ({ ...right, status: 400, json: { error: 'use_dpop_nonce' } }),
  }),
  H69: (world) => {
    wantsNonce(world);
    return {
      token: (right) => {
        right.headers['access-control-expose-headers'] = 'Retry-After';
      },
    };
  },
  H70: () => ({ token: ({ json }) => void (json.token_type = 'Bearer') }),
  H71: () => ({ api: () => {} }),
  'fapi2-security-profile-final-client-test-rs-dpop-auth-scheme-case-insensitivity': () => {
    let isOver = false;
    return {
      api: (right, { world, token }) => {
        if (isOver) return;
        isOver = true;
        world.grants.forget(token);
        right.status = 401;
        right.headers['www-authenticate'] = `${invert('DPoP')} error="invalid_token"`;
      },
    };
  },
  'own-dpop-nonce-for-ever': () => ({
    token: (right) => {
      right.headers['dpop-nonce'] = `nonce-${(count += 1)}`;
      return { ...right, status: 400, json: { error: 'use_dpop_nonce' } };
    },
  }),
  'own-dpop-nonce-for-ever-at-the-api': () => ({
    api: (right) => {
      right.headers['dpop-nonce'] = `nonce-${(count += 1)}`;
      right.headers['www-authenticate'] = 'DPoP error="use_dpop_nonce"';
      return { ...right, status: 401, json: {} };
    },
  }),
  'own-dpop-nonce-long': nonce('n'.repeat(8_000)),
  'own-dpop-nonce-quotes': nonce('a"b\\c", jti="x'),
  'own-dpop-nonce-latin': nonce('n\u00f6nce'),
  'own-dpop-nonce-line-break': () => ({
    // Node refuses to write such a header, so this one writes all by itself.
    token: (right, { request }) => ({
      send: (response) =>
        response.socket.end(
          `HTTP/1.1 400 Bad Request\r\naccess-control-allow-origin: ${request.headers.origin}\r\n` +
            'access-control-expose-headers: DPoP-Nonce\r\ncontent-type: application/json\r\n' +
            'dpop-nonce: a\r\n b\r\ncontent-length: 26\r\nconnection: close\r\n\r\n{"error":"use_dpop_nonce"}',
        ),
    }),
  }),
  'own-dpop-proof-refused': () => ({
    token: (right) => ({ ...right, status: 400, json: { error: 'invalid_dpop_proof' } }),
  }),
};
