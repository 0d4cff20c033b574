/** Signatures, verified by WebCrypto. */

/** By `alg` (RFC 7518 section 3.1, RFC 8037). */
const names: Record<string, string> = {
  RS256: 'RSASSA-PKCS1-v1_5',
  PS256: 'RSA-PSS',
  ES256: 'ECDSA',
  EdDSA: 'Ed25519',
};

/** `signature` is base64url. `undefined` where the key can't be imported, or this browser does not have the algorithm. */
export async function isValid(
  alg: string,
  key: JsonWebKey,
  signingInput: string,
  signature: string,
): Promise<boolean | undefined> {
  // For import and verification alike: WebCrypto passes over the members that an algorithm does not know.
  const algorithm = {
    name: names[alg]!,
    hash: 'SHA-256',
    // RFC 7518 section 3.5: the salt is as long as the hash.
    saltLength: 32,
    namedCurve: 'P-256',
  };
  try {
    const imported = await crypto.subtle.importKey('jwk', key, algorithm, false, ['verify']);
    const bytes = Uint8Array.from(atob(signature.replace(/-/g, '+').replace(/_/g, '/')), (character) =>
      character.charCodeAt(0),
    );
    return await crypto.subtle.verify(algorithm, imported, bytes, new TextEncoder().encode(signingInput));
  } catch {
    return undefined;
  }
}
