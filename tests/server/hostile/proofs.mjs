/** The servers' side of DPoP (RFC 9449 section 4.3): whose key made a proof, or `undefined` where it is not good. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { thumbprint } from '../proofs.mjs';

/** Proofs are taken once, by these servers together. */
export function createProofs() {
  const used = new Set();
  const proofs = {
    /** The nonce that proofs must have; `undefined`: none. */
    nonce: undefined,
    /** Every good signature: `{ claims, jkt }`. */
    seen: [],
    /** `{ jkt }`, or `{ error }` in OAuth's words. */
    check({ request, url, accessToken }) {
      const { claims, jwk } = read(request.headers.dpop) ?? {};
      if (!claims) return { error: 'invalid_dpop_proof' };
      const jkt = thumbprint(jwk);
      proofs.seen.push({ claims, jkt });
      const isGood =
        claims.htm === request.method &&
        claims.htu === url &&
        Math.abs(claims.iat - Date.now() / 1000) < 120 &&
        typeof claims.jti === 'string' &&
        !used.has(claims.jti) &&
        claims.ath === (accessToken && createHash('sha256').update(accessToken).digest('base64url'));
      used.add(claims.jti);
      if (!isGood) return { error: 'invalid_dpop_proof' };
      if (proofs.nonce && claims.nonce !== proofs.nonce) return { error: 'use_dpop_nonce' };
      return { jkt };
    },
  };
  return proofs;
}

function read(proof) {
  try {
    const [head, payload, signature] = proof.split('.');
    const { typ, alg, jwk } = JSON.parse(Buffer.from(head, 'base64url'));
    if (typ !== 'dpop+jwt' || 'd' in jwk) return undefined;
    const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
    const digest = alg === 'ES256' ? 'sha256' : null;
    const isSigned = verify(
      digest,
      Buffer.from(`${head}.${payload}`),
      key,
      Buffer.from(signature, 'base64url'),
    );
    return isSigned ? { jwk, claims: JSON.parse(Buffer.from(payload, 'base64url')) } : undefined;
  } catch {
    return undefined;
  }
}
