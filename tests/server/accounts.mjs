/**
 * The people who can sign in at the test authorization server: anyone. Whatever name is typed becomes an account with
 * the claims that an app usually shows, and a picture drawn from the initials.
 */
import { createHash } from 'node:crypto';

export const DEMO_NAME = 'Ada Lovelace';

/** @param {{ issuer: string }} options */
export function createAccounts({ issuer }) {
  const people = new Map();

  return {
    /** @returns {{ accountId: string, profile: object }} the same account for the same name */
    signIn(typedName) {
      const accountId = accountIdOf(typedName);
      if (!people.has(accountId)) people.set(accountId, profileOf(typedName, accountId, issuer));
      return { accountId, profile: people.get(accountId) };
    },
    find(accountId) {
      const profile = people.get(accountId);
      if (!profile) return undefined;
      return { accountId, profile, claims: async () => ({ sub: accountId, ...profile }) };
    },
  };
}

function wordsOf(typedName) {
  return typedName
    .split('@')[0]
    .normalize('NFC')
    .split(/[\s._-]+/u)
    .filter(Boolean);
}

function accountIdOf(typedName) {
  const readable = wordsOf(typedName).join('.').toLowerCase();
  // OpenID Connect Core 2: a `sub` is at most 255 ASCII characters.
  if (/^[a-z0-9.]{1,64}$/.test(readable)) return readable;
  return `person-${createHash('sha256').update(typedName.toLowerCase()).digest('hex').slice(0, 16)}`;
}

function profileOf(typedName, accountId, issuer) {
  const capitalized = wordsOf(typedName).map((word) => word[0].toUpperCase() + word.slice(1));
  return {
    name: capitalized.join(' ') || typedName,
    given_name: capitalized[0] ?? typedName,
    preferred_username: accountId,
    email: typedName.includes('@') ? typedName : `${accountId}@example.com`,
    email_verified: true,
    picture: `${issuer}/picture/${encodeURIComponent(accountId)}.svg`,
  };
}

/** @returns {string} an SVG image with the initials of the account on a colour of its own */
export function drawPicture(accountId, name = accountId) {
  const initials = wordsOf(name)
    .slice(0, 2)
    .map((word) => [...word][0].toUpperCase())
    .join('')
    .replace(/[&<>"']/g, '');
  const hue = createHash('sha256').update(accountId).digest()[0] * (360 / 256);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" role="img">
  <rect width="96" height="96" fill="hsl(${hue.toFixed(0)} 38% 34%)"/>
  <text x="48" y="50" fill="#fff" font-family="system-ui, sans-serif" font-size="36" font-weight="600"
    text-anchor="middle" dominant-baseline="central">${initials}</text>
</svg>`;
}
