/** The Content-Security-Policies of the demo: one for its pages, one for the worker that holds the tokens. */
import { createHash } from 'node:crypto';

/** Where browsers report what a policy has forbidden. */
export const REPORTS = '/csp-reports';

/**
 * The page talks to its own origin only. It reaches the API and the authorization server through the worker, so
 * injected script has nowhere to send what it finds. Trusted Types: no string becomes script, nor a worker's address, but by
 * the policy that www/main.js makes for `scriptUrl`.
 */
export function demoPageCsp({ issuer }) {
  return [
    "default-src 'none'",
    "script-src 'self'", // the site adds the hashes of inline scripts (the import map)
    "style-src 'self'",
    `img-src 'self' data: ${new URL(issuer).origin}`, // the person's picture
    "connect-src 'self'",
    "worker-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types holdfast',
    `report-uri ${REPORTS}`,
  ].join('; ');
}

/**
 * 'self' and escrow.invalid are for the escrow: that is how the vault reaches it.
 * @param {{ issuer: string, apiOrigins: string[], withEscrow?: boolean }} options
 */
export function workerCsp({ issuer, apiOrigins, withEscrow = true }) {
  const escrow = withEscrow ? ["'self'", 'https://escrow.invalid'] : [];
  const connections = [...escrow, new URL(issuer).origin, ...apiOrigins].join(' ');
  return `default-src 'none'; script-src 'wasm-unsafe-eval'; connect-src ${connections}; report-uri ${REPORTS}`;
}

/** Adds the hashes of a page's inline scripts to the policy's script-src. */
export function allowInlineScripts(policy, pageSource) {
  // In an HTML comment there may be a <script> that is none.
  const source = pageSource.replace(/<!--[\s\S]*?-->/g, '');
  const inline = [...source.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/gi)];
  const hashes = inline.map(([, text]) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
  return hashes.length ? policy.replace(/script-src(?=[ ;]|$)/, `script-src ${hashes.join(' ')}`) : policy;
}
