/** Pending sign-ins in IndexedDB, and nothing else. */
import { plain } from './words.js';

const STORE = 'transactions';
const EXPIRY = 'expiresAt';

/** Stores `record` under `key`, and throws away what expired before `now` (seconds since 1970). `false` where the browser refuses. */
export async function putTransaction(
  key: string,
  record: unknown,
  expiresAt: number,
  now: number,
): Promise<boolean> {
  // The page leaves as soon as it is told, so the record has to be there for good.
  const stored = await inStore(async (store) => {
    const expired = await done(store.index(EXPIRY).getAllKeys(IDBKeyRange.upperBound(now)));
    for (const key of expired) store.delete(key);
    store.put({ [EXPIRY]: expiresAt, record }, key);
    return true;
  });
  return !!stored;
}

/**
 * Takes the record of `key` out, in one transaction: of two who ask, one gets it. It is JSON, `null` where there is none,
 * empty where it is no record of the vault's, and `undefined` where the browser refuses.
 */
export async function takeTransaction(key: string): Promise<string | undefined> {
  const value = await inStore(async (store) => {
    const value = (await done(store.get(key))) as { record: unknown } | undefined;
    store.delete(key);
    return [value?.record];
  });
  // Any script of the origin can put something there.
  return value && plain(value[0]);
}

/** Opened for each use, so that it stands in nobody's way. */
async function inStore<T>(use: (store: IDBObjectStore) => Promise<T>): Promise<T | undefined> {
  let database: IDBDatabase | undefined;
  try {
    // Some browsers have no `indexedDB` in some modes, and some throw when it is looked at.
    const opening = indexedDB.open('holdfast', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE).createIndex(EXPIRY, EXPIRY);
    database = await done(opening);
    const store = database.transaction(STORE, 'readwrite').objectStore(STORE);
    const value = await use(store);
    await settled(store.transaction, 'oncomplete', 'onabort');
    return value;
  } catch {
    return undefined;
  } finally {
    database?.close();
  }
}

async function done<T>(request: IDBRequest<T>): Promise<T> {
  await settled(request, 'onsuccess', 'onerror');
  return request.result;
}

/** Resolves with the event `success` of `target`, and is rejected with `failure`. */
function settled<S extends string, F extends string>(
  target: { [name in S | F]: ((event: never) => unknown) | null },
  success: S,
  failure: F,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    target[success] = resolve as never;
    target[failure] = reject as never;
  });
}
