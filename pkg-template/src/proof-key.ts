/** The key of DPoP proofs (RFC 9449), as WebCrypto has it. Runs in the vault; no page sees any of this. */

/** By `alg`. For P-256 WebCrypto wants to be told the hash when it signs. */
const es256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const ed25519 = { name: 'Ed25519' };

/** The key that was used last, so that it is imported once. */
let imported: { words: string; key: Promise<CryptoKey> } | undefined;

/**
 * Without `signingInput`: makes a key for the algorithm `what`, and resolves to three words: that algorithm, the public key,
 * the private member `d`. With it: signs by the key of such words, and resolves to the proof. Rejected where this browser can't.
 */
export async function proofKey(what: string, signingInput?: string): Promise<string> {
  const { subtle } = crypto;
  const [name, members, d] = what.split(' ');
  const algorithm = name === 'ES256' ? es256 : ed25519;
  if (signingInput === undefined) {
    const { privateKey } = (await subtle.generateKey(algorithm, true, ['sign'])) as CryptoKeyPair;
    const { crv, kty, x, y, d } = await subtle.exportKey('jwk', privateKey);
    // In this order, and no others: a key has a thumbprint in one form alone (RFC 7638 section 3.2).
    return `${what} ${JSON.stringify({ crv, kty, x, y })} ${d}`;
  }
  if (imported?.words !== what) {
    const jwk = { ...JSON.parse(members!), d } as JsonWebKey;
    // Out of this one nobody gets the private key again.
    imported = { words: what, key: subtle.importKey('jwk', jwk, algorithm, false, ['sign']) };
  }
  const signature = await subtle.sign(algorithm, await imported.key, new TextEncoder().encode(signingInput));
  const text = btoa(String.fromCharCode(...new Uint8Array(signature)));
  return `${signingInput}.${text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')}`;
}
