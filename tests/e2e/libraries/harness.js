/**
 * The page's end of libraries.test.mjs. Each library's module is the same kind of thing:
 *   read(id), write(note)       a note, through the library
 *   needsSignIn(error)          as the docs have it
 *   statusOf(error)             the HTTP status in the library's own error
 *   never(signal)               a call that the server doesn't answer
 *   stream(signal, onItem)      a stream that goes on after its first item, where the library has one
 *   upload(form), download(bytes)   where the library has a way of its own with bodies
 *   unavailable(), unreachable()   where read('404') and write() are no HTTP error or network error
 */
const libraries = {};
const calls = [];

export async function load(names, settings) {
  for (const name of names) {
    const { default: connect } = await import(`/libraries/${name}.js`);
    libraries[name] = {
      ...connect({ auth: window.auth, api: settings.api }),
      elsewhere: connect({ auth: window.auth, api: settings.nobody }),
    };
  }
}

export const ok = (name, method, ...args) => libraries[name][method](...args);

/** A form with a file, as the API got it. */
export async function uploaded(name, method) {
  const form = new FormData();
  form.append('file', new File(['grüße'], 'note.txt', { type: 'text/plain' }));
  return describe(libraries[name], libraries[name][method](form));
}

/** What a call fails with. */
export async function failure(name, method, ...args) {
  const library = libraries[name];
  const failing = {
    http: library.unavailable ?? (() => library.read('404')),
    network: library.elsewhere.unreachable ?? (() => library.elsewhere.write({ text: 'lost' })),
  };
  return describe(library, (failing[method] ?? library[method])(...args));
}

/** Begins a call that lasts, and answers its number. */
export function begin(name, method) {
  const controller = new AbortController();
  const items = [];
  const library = libraries[name];
  const outcome = describe(
    library,
    library[method](controller.signal, (item) => items.push(item)),
  );
  return calls.push({ controller, items, outcome }) - 1;
}

export const itemsOf = (number) => calls[number].items;

export function abort(number) {
  calls[number].controller.abort();
  return calls[number].outcome;
}

async function describe(library, promise) {
  try {
    return { value: await promise };
  } catch (error) {
    const { name, code, cause, networkError } = error;
    let status;
    try {
      status = library.statusOf(error);
    } catch {
      // It has none.
    }
    return {
      name,
      code,
      status,
      inner: (cause ?? networkError)?.name ?? null,
      needsSignIn: library.needsSignIn(error),
    };
  }
}
