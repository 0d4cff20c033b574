/**
 * In-memory storage for oidc-provider.
 *
 * Its own memory adapter keeps only the last 1000 entries, which a load test overruns: sessions then vanish. This one
 * keeps everything until it expires. The store is separate from the provider object so that it outlives a change of
 * signing keys.
 */

const SWEEP_EVERY = 2000;
const belongsToGrant = new Set([
  'AccessToken',
  'AuthorizationCode',
  'RefreshToken',
  'PushedAuthorizationRequest',
]);

/**
 * @returns {((model: string) => object) & { endGrants(): void }} an adapter factory, as oidc-provider's `adapter` option takes it;
 *   `endGrants` removes every token and code
 */
export function createStore() {
  const entries = new Map(); // 'Model:id' -> { payload, expiresAt }
  const grants = new Map(); // grant id -> Set of keys in `entries`
  const uids = new Map(); // 'Model:uid' -> key in `entries`
  let writes = 0;

  function read(key) {
    const entry = entries.get(key);
    if (!entry) return undefined;
    if (entry.expiresAt > Date.now()) return entry.payload;
    remove(key);
    return undefined;
  }

  function remove(key) {
    const { grantId, uid } = entries.get(key)?.payload ?? {};
    entries.delete(key);
    const members = grants.get(grantId);
    members?.delete(key);
    if (members?.size === 0) grants.delete(grantId);
    const uidKey = `${key.slice(0, key.indexOf(':'))}:${uid}`;
    if (uids.get(uidKey) === key) uids.delete(uidKey);
  }

  function sweep() {
    const now = Date.now();
    for (const [key, { expiresAt }] of entries) if (expiresAt <= now) remove(key);
  }

  const factory = (model) => {
    const keyOf = (id) => `${model}:${id}`;
    return {
      async upsert(id, payload, expiresIn) {
        const key = keyOf(id);
        if (entries.has(key)) remove(key);
        entries.set(key, { payload, expiresAt: expiresIn ? Date.now() + expiresIn * 1000 : Infinity });
        if (belongsToGrant.has(model) && payload.grantId) {
          if (!grants.has(payload.grantId)) grants.set(payload.grantId, new Set());
          grants.get(payload.grantId).add(key);
        }
        if (payload.uid) uids.set(keyOf(payload.uid), key);
        writes += 1;
        if (writes % SWEEP_EVERY === 0) sweep();
      },
      async find(id) {
        return read(keyOf(id));
      },
      async findByUid(uid) {
        return read(uids.get(keyOf(uid)));
      },
      async findByUserCode() {
        return undefined; // the device flow is off
      },
      async consume(id) {
        const payload = read(keyOf(id));
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      },
      async destroy(id) {
        remove(keyOf(id));
      },
      async revokeByGrantId(grantId) {
        for (const key of [...(grants.get(grantId) ?? [])]) {
          // One call per model: each removes its own kind only.
          if (key.startsWith(`${model}:`)) remove(key);
        }
      },
    };
  };
  factory.endGrants = () => {
    for (const key of [...entries.keys()])
      if (belongsToGrant.has(key.slice(0, key.indexOf(':')))) remove(key);
  };
  return factory;
}
