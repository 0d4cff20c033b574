/** What may be wrong with an ID token, or odd about it, where a browser's own verification counts. */
import { encode, makeKey } from '../keys.mjs';

const draft = (change) => () => ({ idToken: change });
const claims = (change) => draft((made, context) => void change(made.claims, context));
const finish = (change) => draft((made) => void (made.finish = change));

/** Signs by another key under the name of the known one. */
const otherKey = (algorithm) =>
  draft(async (made, { provider }) => {
    const known = provider.keys.find((key) => key.algorithm === algorithm);
    made.header = { ...made.header, alg: algorithm, kid: known.jwk.kid };
    made.key = await makeKey(algorithm);
  });
const byAlgorithm = (algorithm) =>
  draft((made, { provider }) => {
    const key = provider.keys.find((each) => each.algorithm === algorithm);
    Object.assign(made, { key, header: { alg: algorithm, kid: key.jwk.kid, typ: 'JWT' } });
    // By SHA-512, where the signature is.
    if (algorithm === 'EdDSA') delete made.claims.at_hash;
  });

export const idToken = {
  'oidcc-client-test-idtoken-sig-rs256': byAlgorithm('RS256'),
  'own-id-token-ps256': byAlgorithm('PS256'),
  'own-id-token-eddsa': byAlgorithm('EdDSA'),
  'own-id-token-signature-by-another-rsa-key': otherKey('RS256'),
  'own-id-token-signature-by-another-ec-key': otherKey('ES256'),
  'own-id-token-other-person': claims((given, { family }) => {
    given.sub = family.person;
    given.iss = 'https://other.example';
  }),
  'own-id-token-signature-empty': finish((token) => token.replace(/[^.]*$/, '')),
  'own-id-token-signature-zero': finish((token) =>
    token.replace(/[^.]*$/, encode(Buffer.alloc(64).toString('latin1'))),
  ),
  'own-id-token-signature-of-der': finish((token) =>
    token.replace(/[^.]*$/, (signature) => {
      const [r, s] = [0, 32].map((at) => Buffer.from(signature, 'base64url').subarray(at, at + 32));
      const integer = (bytes) => Buffer.concat([Buffer.from([2, 33, 0]), bytes]);
      return Buffer.concat([Buffer.from([0x30, 70]), integer(r), integer(s)]).toString('base64url');
    }),
  ),
  'own-id-token-key-in-header': draft(async (made) => {
    made.key = await makeKey('ES256');
    made.header = { alg: 'ES256', jwk: made.key.jwk, typ: 'JWT' };
  }),
  'own-id-token-key-from-elsewhere': draft(async (made, { world }) => {
    made.key = await makeKey('ES256');
    made.header = { ...made.header, jku: `${world.evil.origin}/jwks`, x5u: `${world.evil.origin}/x5u` };
  }),
  'own-id-token-of-other-code': claims((given) => (given.nonce = 'of-another-sign-in')),
  'own-id-token-other-access-token': claims((given) => (given.at_hash = encode('another token!!!'))),
};
