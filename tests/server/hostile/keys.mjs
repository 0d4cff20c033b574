/** The keys of the hostile provider, and its signatures: WebCrypto, no library. */
import { webcrypto } from 'node:crypto';

const { subtle } = webcrypto;
const rsa = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' };
const ways = {
  RS256: { make: { name: 'RSASSA-PKCS1-v1_5', ...rsa }, sign: 'RSASSA-PKCS1-v1_5' },
  PS256: { make: { name: 'RSA-PSS', ...rsa }, sign: { name: 'RSA-PSS', saltLength: 32 } },
  ES256: { make: { name: 'ECDSA', namedCurve: 'P-256' }, sign: { name: 'ECDSA', hash: 'SHA-256' } },
  EdDSA: { make: { name: 'Ed25519' }, sign: 'Ed25519' },
};
let made = 0;

/** @returns a key with its `jwk`, and `sign(text)` in base64url */
export async function makeKey(algorithm) {
  const { make, sign } = ways[algorithm];
  const { privateKey, publicKey } = await subtle.generateKey(make, true, ['sign', 'verify']);
  const { key_ops, ext, alg, ...jwk } = await subtle.exportKey('jwk', publicKey);
  return {
    algorithm,
    jwk: { ...jwk, kid: `key-${(made += 1)}`, alg: algorithm, use: 'sig' },
    async sign(text) {
      return Buffer.from(await subtle.sign(sign, privateKey, Buffer.from(text))).toString('base64url');
    },
  };
}

export const encode = (value) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Signs what a draft has. A mutation may have changed the header, the claims, the key, or how the end is made. */
export async function signToken({ header, claims, key, finish = (token) => token }) {
  const input = `${encode(header)}.${encode(claims)}`;
  return finish(`${input}.${await key.sign(input)}`);
}
