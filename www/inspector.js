/**
 * Searches every place where a page could keep a token, as an injected script would. The findings are counts and
 * names: even here nothing that looks like a secret is put on show.
 */

const list = document.getElementById('findings');

export function wireInspector() {
  document.getElementById('inspect').addEventListener('click', async () => {
    const findings = [
      ['localStorage', names(Object.keys(localStorage))],
      ['sessionStorage', names(Object.keys(sessionStorage))],
      ['Cookies', names(document.cookie.split('; ').filter(Boolean))],
      ['IndexedDB', await databases()],
      ['Cache storage', names(await caches.keys())],
      [
        'Address and history',
        /[?&#](code|state|access_token|id_token)=/.test(location.href) ? 'a sign-in answer' : 'clean',
      ],
      ['Requests by this page', requests()],
    ];
    list.replaceChildren(...findings.flatMap(row));
    list.hidden = false;
  });
}

function row([name, found]) {
  const term = document.createElement('dt');
  const detail = document.createElement('dd');
  term.textContent = name;
  detail.textContent = found;
  return [term, detail];
}

function names(found) {
  return found.length ? found.map((name) => name.split('=')[0]).join(', ') : 'empty';
}

async function databases() {
  if (!indexedDB.databases) return 'this browser does not list them';
  const found = [];
  for (const { name } of await indexedDB.databases()) found.push(`${name} (${await entriesOf(name)})`);
  return found.length ? found.join(', ') : 'empty';
}

async function entriesOf(name) {
  const database = await answer(indexedDB.open(name));
  try {
    let entries = 0;
    for (const store of database.objectStoreNames) {
      entries += await answer(database.transaction(store).objectStore(store).count());
    }
    return entries === 0 ? 'no entries' : `${entries} entries`;
  } finally {
    database.close();
  }
}

function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** What this page itself asked for. The calls to the API and the sign-in server are not among it: the worker made them. */
function requests() {
  const counts = new Map();
  for (const { name, initiatorType } of performance.getEntriesByType('resource')) {
    const { origin } = new URL(name);
    const where = origin === location.origin ? 'this site' : origin;
    const what = initiatorType === 'img' ? `${where} (a picture)` : where;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].map(([what, count]) => `${count} to ${what}`).join(', ');
}
