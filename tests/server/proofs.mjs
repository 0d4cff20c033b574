/**
 * The resource server's side of DPoP (RFC 9449 section 4.3 and 7): believes a proof, or says what is wrong with it. Node's own
 * crypto, no library: what verifies here shares no code with what is verified.
 */
import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';

/** For how many seconds a proof may be older or younger than now, where no nonce says how old it is. */
const WINDOW_SECONDS = 60;
const ALGORITHMS = { ES256: 'sha256', Ed25519: null, EdDSA: null };

/**
 * @returns {{
 *   requireNonce: boolean, hidesNonce: boolean, seen: object[],
 *   check(request: object): Promise<{ jkt: string } | { error: string }>,
 *   nonce(): string | undefined, renewNonce(): void,
 * }}
 *   `requireNonce` and `hidesNonce` (by CORS) may be set at any time; `seen` has `{ alg, jkt, claims }` of each good signature
 */
export function createProofCheck() {
  const identifiers = new Set();
  const nonces = [];
  const renewNonce = () => void nonces.splice(0, nonces.length, newNonce());
  renewNonce();
  const proofs = {
    requireNonce: false,
    hidesNonce: false,
    seen: [],
    /** The one for the next proof: another one with each answer, the older ones stay good. */
    nonce() {
      if (!proofs.requireNonce) return undefined;
      nonces.unshift(newNonce());
      return nonces[0];
    },
    /** Takes none of the nonces any longer that were given out. */
    renewNonce,
    check({ proof, method, url, accessToken }) {
      const { alg, jwk, claims } = readProof(proof) ?? {};
      if (!jwk) return { error: 'invalid_dpop_proof' };
      const jkt = thumbprint(jwk);
      proofs.seen.push({ alg, jkt, claims });
      const isRight =
        claims.htm === method &&
        claims.htu === url.origin + url.pathname &&
        claims.ath === digest(accessToken) &&
        typeof claims.jti === 'string' &&
        Buffer.from(claims.jti, 'base64url').length >= 12 &&
        !identifiers.has(claims.jti) &&
        Math.abs(claims.iat - Date.now() / 1000) <= WINDOW_SECONDS;
      identifiers.add(claims.jti);
      if (!isRight) return { error: 'invalid_dpop_proof' };
      if (proofs.requireNonce && !nonces.includes(claims.nonce)) return { error: 'use_dpop_nonce' };
      return { jkt };
    },
  };
  return proofs;
}

/** What a proof says, where its signature is that of the key in it, and that key is a public one. */
function readProof(proof) {
  try {
    const [header, payload, signature, more] = proof.split('.');
    const { typ, alg, jwk } = parse(header);
    if (more !== undefined || typ !== 'dpop+jwt' || !(alg in ALGORITHMS) || 'd' in jwk) return undefined;
    const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
    const data = Buffer.from(`${header}.${payload}`);
    const isSigned = verify(ALGORITHMS[alg], data, key, Buffer.from(signature, 'base64url'));
    return isSigned ? { alg, jwk, claims: parse(payload) } : undefined;
  } catch {
    return undefined;
  }
}

/** The key's name (RFC 7638): its required members in the order of their names. */
export function thumbprint({ crv, kty, x, y }) {
  return digest(JSON.stringify({ crv, kty, x, y }));
}

function parse(part) {
  return JSON.parse(Buffer.from(part, 'base64url'));
}

function digest(text) {
  return createHash('sha256').update(text).digest('base64url');
}

function newNonce() {
  return randomBytes(16).toString('base64url');
}
