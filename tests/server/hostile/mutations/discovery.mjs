/** What a server may do with its metadata and its keys. */
import { gzipSync } from 'node:zlib';
import { badManners, redirection } from '../answers.mjs';
import { makeKey } from '../keys.mjs';

/** A change of the document's members. */
const says = (change) => () => ({
  discovery: ({ json }, context) => void change(json, context),
});
const sends = (answer) => () => ({ discovery: answer });
/** The document as text, changed. */
const text = (change) => sends((right) => ({ ...right, body: change(JSON.stringify(right.json)) }));
const withoutMember = (body, more) => `${body.slice(0, -1)},${more}}`;

/** Another key signs, and is in the key set only from the second time that it is asked for. */
const rotatesKey = () => {
  let asked = 0;
  const old = [];
  return {
    async idToken(draft, { provider }) {
      old.push(...provider.keys);
      const key = await makeKey('ES256');
      provider.keys = [key];
      Object.assign(draft, { key, header: { ...draft.header, kid: key.jwk.kid } });
    },
    keys(right) {
      asked += 1;
      if (asked === 1) right.json = { keys: old.map(({ jwk }) => jwk) };
    },
  };
};

const otherIssuer = says((json) => (json.issuer += '1'));

export const discovery = {
  H01: otherIssuer,
  'oidcc-client-test-discovery-issuer-mismatch': otherIssuer,
  'fapi2-security-profile-final-client-test-discovery-issuer-mismatch': otherIssuer,
  H02: says((json) => (json.token_endpoint = 'http://login.example/token')),
  H03: sends((_, { world }) => redirection(`${world.evil.origin}/.well-known/openid-configuration`)),
  H04: says((json) => (json.token_endpoint = [json.token_endpoint])),
  'H04-number': says((json) => (json.authorization_endpoint = 7)),
  H05: says((json) => (json.padding = 'x'.repeat(5_000_000))),
  H06: sends((right) => ({
    ...right,
    headers: { ...right.headers, 'content-type': 'text/html' },
    body: '<!doctype html><title>Sign in to the network</title>',
  })),
  H07: () => ({ keys: (right) => ({ ...right, status: 404, body: 'not found' }) }),
  H09: rotatesKey,
  'oidcc-client-test-signing-key-rotation-just-before-signing': rotatesKey,
  'oidcc-client-test-signing-key-rotation': () => ({
    async authorization(_, { provider }) {
      provider.keys = [await makeKey('ES256')];
    },
  }),
  'oidcc-client-test-discovery-openid-config': says(() => {}),
  'oidcc-client-test-discovery-jwks-uri-keys': () => {
    const path = `/jwks/${Math.random()}`;
    return {
      discovery: ({ json }) => void (json.jwks_uri = json.issuer + path),
      other: (_, { request, provider }) => {
        if (request.url !== path) return undefined;
        const headers = { 'access-control-allow-origin': '*', 'content-type': 'application/json' };
        return { status: 200, headers, json: { keys: provider.keys.map(({ jwk }) => jwk) } };
      },
    };
  },
  'own-discovery-token-endpoint-elsewhere': says((json, { world }) => {
    json.token_endpoint = `${world.evil.origin}/token`;
  }),
  'own-discovery-keys-elsewhere': says((json, { world }) => {
    json.jwks_uri = `${world.evil.origin}/jwks`;
  }),
  'own-discovery-gzip-bomb': sends((right) => {
    const filler = Buffer.alloc(8 * 1024 * 1024, ' ');
    const body = gzipSync(Buffer.concat([filler, Buffer.from(JSON.stringify(right.json))]));
    return { ...right, headers: { ...right.headers, 'content-encoding': 'gzip' }, body };
  }),
  'own-discovery-gzip-that-is-none': sends((right) => ({
    ...right,
    headers: { ...right.headers, 'content-encoding': 'gzip' },
  })),
  'own-discovery-utf-16': sends((right) => ({
    ...right,
    headers: { ...right.headers, 'content-type': 'application/json; charset=utf-16le' },
    body: Buffer.from(`\ufeff${JSON.stringify(right.json)}`, 'utf16le'),
  })),
  'own-discovery-byte-order-mark': text((body) => `\ufeff${body}`),
  'own-discovery-nested': text((body) =>
    withoutMember(body, `"x":${'['.repeat(200_000)}${']'.repeat(200_000)}`),
  ),
  'own-discovery-issuer-twice': text((body) => withoutMember(body, '"issuer":"https://evil.example"')),
  'own-discovery-issuer-twice-evil-first': text(
    (body) => `{"issuer":"https://evil.example",${body.slice(1)}`,
  ),
  'own-discovery-prototype': text((body) =>
    withoutMember(body, '"__proto__":{"token_endpoint":"https://evil.example/token"},"constructor":null'),
  ),
  'own-discovery-cut': sends(badManners.cut),
  'own-discovery-dripping': sends(badManners.dripping),
  'own-discovery-silent': sends(badManners.silent),
  'own-discovery-empty': sends((right) => ({ ...right, body: '' })),
  'own-discovery-no-content': sends((right) => ({ ...right, status: 204, json: undefined })),
  'own-discovery-as-html': sends((right) => {
    right.headers['content-type'] = 'text/html';
  }),
  'own-discovery-cookie': sends((right) => {
    right.headers['set-cookie'] = 'session=evil; SameSite=None; Secure; Path=/';
  }),
  'own-discovery-no-cors': sends((right) => {
    delete right.headers['access-control-allow-origin'];
  }),
  'own-discovery-script-endpoint': says((json) => {
    json.authorization_endpoint = 'javascript:void(window.e2e.hacked = true)//';
  }),
  'own-discovery-data-endpoint': says((json) => {
    json.authorization_endpoint = 'data:text/html,<script>opener.e2e.hacked = true</script>';
  }),
  'own-discovery-user-in-endpoint': says((json) => {
    json.token_endpoint = json.token_endpoint.replace('http://', 'http://user:password@');
  }),
  'own-discovery-backslash-endpoint': says((json, { world }) => {
    const evil = new URL(world.evil.origin).host;
    json.token_endpoint = `http://${evil}\\@${new URL(json.issuer).host}/token`;
  }),
  'own-discovery-control-character': says((json) => {
    json.token_endpoint = json.token_endpoint.replace('/token', '/\ttoken');
  }),
  'own-discovery-relative-endpoint': says((json) => (json.token_endpoint = '//evil.example/token')),
  'own-discovery-plain-only': says((json) => (json.code_challenge_methods_supported = ['plain'])),
  'own-keys-symmetric': () => ({
    keys: (right, { provider }) => {
      const { kid } = provider.key.jwk;
      right.json = { keys: [{ kty: 'oct', k: 'c2VjcmV0', kid, alg: 'HS256' }] };
    },
  }),
  'own-keys-many': () => ({
    async keys(right) {
      const [first] = right.json.keys;
      const others = Array.from({ length: 5_000 }, (_, index) => ({ ...first, kid: `other-${index}` }));
      right.json.keys = [...others, ...right.json.keys];
    },
  }),
  'own-keys-redirect': () => ({ keys: (_, { world }) => redirection(`${world.evil.origin}/jwks`) }),
  'own-keys-not-a-list': () => ({
    keys: (right) => ({ ...right, json: { keys: { 0: right.json.keys[0] } } }),
  }),
};
