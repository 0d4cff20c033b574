/** The Content-Security-Policies of the demo: one for its pages, one for the worker that holds the tokens. */
import { createHash } from 'node:crypto';

/**
 * The page talks to its own origin only. It reaches the API and the authorization server through the worker, so
 * injected script has nowhere to send what it finds.
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
  ].join('; ');
}

/** @param {{ issuer: string, apiOrigins: string[] }} options */
export function demoWorkerCsp({ issuer, apiOrigins }) {
  const connections = [new URL(issuer).origin, ...apiOrigins].join(' ');
  return `default-src 'none'; script-src 'wasm-unsafe-eval'; connect-src ${connections}`;
}

/** Adds the hashes of a page's inline scripts to the policy's script-src. */
export function allowInlineScripts(policy, pageSource) {
  // In an HTML comment there may be a <script> that is none.
  const source = pageSource.replace(/<!--[\s\S]*?-->/g, '');
  const inline = [...source.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/gi)];
  const hashes = inline.map(([, text]) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
  return hashes.length ? policy.replace(/script-src(?=[ ;]|$)/, `script-src ${hashes.join(' ')}`) : policy;
}
