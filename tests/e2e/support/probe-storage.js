/**
 * The injected script's hooks on everything that keeps data, and a dump of all of it. Needs probe.js before it.
 */
(() => {
  const probe = window.__probe;
  const { note, hook, hookAttribute, contents } = probe;
  const { open } = IDBFactory.prototype;
  const databases = IDBFactory.prototype.databases?.bind(indexedDB);
  const { getAll, getAllKeys } = IDBObjectStore.prototype;
  const result = Object.getOwnPropertyDescriptor(IDBRequest.prototype, 'result').get;
  const { transaction } = IDBDatabase.prototype;
  const cacheStorage = window.caches;
  const { keys: cacheNames, open: openCache } = window.CacheStorage?.prototype ?? {};
  const { keys: cacheKeys, match } = window.Cache?.prototype ?? {};
  const responseText = Response.prototype.text;
  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie').get;
  const entries = performance.getEntries.bind(performance);

  hook(Storage.prototype, ['getItem', 'setItem', 'removeItem', 'key'], 'Storage');
  hook(IDBFactory.prototype, ['open', 'deleteDatabase'], 'IDBFactory');
  const reading = ['get', 'getAll', 'getKey', 'getAllKeys', 'openCursor', 'openKeyCursor', 'count'];
  hook(IDBObjectStore.prototype, ['put', 'add', 'delete', ...reading], 'IDBObjectStore');
  hook(IDBIndex.prototype, reading, 'IDBIndex');
  hook(IDBCursor.prototype, 'update', 'IDBCursor');
  hookAttribute(IDBRequest.prototype, 'result', 'IDBRequest');
  hookAttribute(IDBCursorWithValue.prototype, 'value', 'IDBCursor');
  hook(window.Cache?.prototype, ['put', 'add', 'addAll', 'match'], 'Cache');
  hook(window.CacheStorage?.prototype, ['open', 'match'], 'CacheStorage');
  hook(window.CookieStore?.prototype, ['get', 'getAll', 'set'], 'CookieStore');
  hookAttribute(Document.prototype, 'cookie', 'document');

  /** What can be read at once. */
  function dumpNow(label) {
    note(`${label}: localStorage`, contents(window.localStorage));
    note(`${label}: sessionStorage`, contents(window.sessionStorage));
    note(`${label}: cookies`, cookie.call(document));
    note(`${label}: location`, location.href);
    note(`${label}: history.state`, history.state);
    note(`${label}: window.name`, window.name);
    note(`${label}: referrer`, document.referrer);
    note(`${label}: document`, document.documentElement?.outerHTML ?? '');
    note(
      `${label}: resources`,
      entries().map(({ name }) => name),
    );
  }

  function done(request) {
    return new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(result.call(request));
      request.onerror = () => reject(request.error);
    });
  }

  async function dumpDatabase(label, name) {
    const database = await done(open.call(indexedDB, name));
    database.onversionchange = () => database.close();
    try {
      for (const store of database.objectStoreNames) {
        const objectStore = transaction.call(database, store).objectStore(store);
        const [keys, values] = await Promise.all([
          done(getAllKeys.call(objectStore)),
          done(getAll.call(objectStore)),
        ]);
        note(`${label}: IndexedDB ${name}/${store}`, [keys, values]);
      }
      return database.objectStoreNames.length;
    } finally {
      database.close();
    }
  }

  async function dumpCaches(label) {
    if (!cacheStorage) return;
    for (const name of await cacheNames.call(cacheStorage)) {
      const cache = await openCache.call(cacheStorage, name);
      for (const request of await cacheKeys.call(cache)) {
        const response = await match.call(cache, request);
        note(`${label}: caches ${name}`, [request, response, await responseText.call(response)]);
      }
    }
  }

  /** Everything that is stored, with the names of the databases found. */
  probe.dump = async (label) => {
    dumpNow(label);
    await dumpCaches(label);
    const names = [];
    for (const { name } of (await databases?.()) ?? []) {
      await dumpDatabase(label, name);
      names.push(name);
    }
    return names;
  };

  // Things that are there for a moment only: looked for as often as an attacker would.
  window.addEventListener('pagehide', () => dumpNow('pagehide'), true);
  document.addEventListener('DOMContentLoaded', () => dumpNow('DOMContentLoaded'));
  setInterval(() => dumpNow('poll'), 50);
  dumpNow('start');
})();
