/**
 * What arrived at the servers of a hostile world, and which secrets were in it: so that "nothing was sent afterwards" is one
 * look. Secrets are found wherever they stand: URL, headers, body, encoded or not.
 */
import { createHash } from 'node:crypto';

export class Journal {
  /** Each request: `{ server, method, path, headers, body, secrets }`, in the order of arrival. */
  entries = [];
  /** Codes, tokens and verifiers that were seen anywhere, with what they are. */
  secrets = new Map();
  /** The challenges of the authorization requests: whoever hashes to one of them is a verifier. */
  #challenges = new Set();
  #tell;

  /** `tell` hears of each request. */
  constructor(tell = () => {}) {
    this.#tell = tell;
  }

  learn(kind, value) {
    if (value) this.secrets.set(value, kind);
    return value;
  }

  learnChallenge(challenge) {
    this.#challenges.add(challenge);
  }

  /** Keeps a request that has been read whole. */
  keep(server, { method, url, headers }, body) {
    const entry = { server, method, path: url.split('?')[0], url, headers, body };
    const text = [url, ...Object.values(headers), body].join('\n');
    entry.secrets = this.#secretsIn(text);
    this.entries.push(entry);
    this.#tell(entry);
    return entry;
  }

  #secretsIn(text) {
    const found = new Set();
    const texts = [text, decoded(text)];
    for (const [value, kind] of this.secrets) if (texts.some((each) => each.includes(value))) found.add(kind);
    for (const word of texts[1].match(/[\w.~-]{43,128}/g) ?? [])
      if (this.#challenges.has(createHash('sha256').update(word).digest('base64url')))
        found.add('code verifier');
    return [...found];
  }

  /** The requests since `index` that had a secret in them, in words. */
  leaksSince(index) {
    return this.entries
      .slice(index)
      .filter(({ secrets }) => secrets.length > 0)
      .map(({ server, method, path, secrets }) => `${server}: ${method} ${path} with ${secrets.join(', ')}`);
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
