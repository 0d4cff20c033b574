/** Signing keys of the test authorization server: fresh ones at every start, one algorithm at a time. */
import { generateKeyPair, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair);

const parameters = {
  RS256: ['rsa', { modulusLength: 2048 }],
  PS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
  EdDSA: ['ed25519', {}],
};

export const signingAlgorithms = Object.keys(parameters);

/**
 * @param {'RS256'|'PS256'|'ES256'|'EdDSA'} algorithm
 * @returns {Promise<object>} a private JSON Web Key with `kid`, `alg` and `use`
 */
export async function createSigningKey(algorithm) {
  if (!Object.hasOwn(parameters, algorithm)) {
    throw new Error(`No signing keys of type "${algorithm}"; there are ${signingAlgorithms.join(', ')}`);
  }
  const { privateKey } = await generate(...parameters[algorithm]);
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: algorithm, use: 'sig' };
}
