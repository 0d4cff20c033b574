/**
 * The injected script: what an attacker's script could see when it runs before everything else in the page. This file
 * is its memory and its eyes (a deep walk over values); probe-network.js and probe-storage.js put it in place.
 *
 * Every string goes into sessionStorage under keys of the probe's own, for that survives navigations; the test takes
 * it from there with `__probe.take()`. A classic script, without imports, so that nothing can run before it.
 */
(() => {
  const KEY = '__probe__';
  const SHORTEST = 12; // shorter strings cannot hold half of a secret
  const LONGEST = 200_000;
  const DEEPEST = 10;

  // Whatever is used here was taken before it could be replaced, by the library or by the probe itself.
  const storage = window.sessionStorage;
  const { getItem, setItem, removeItem, key: keyAt } = Storage.prototype;
  const { stringify, parse } = JSON;
  const originalThen = Promise.prototype.then;
  const blobText = Blob.prototype.text;
  const addListener = EventTarget.prototype.addEventListener;
  const exportKey = window.crypto.subtle.exportKey.bind(window.crypto.subtle);
  const toBase64 = window.btoa.bind(window);

  const seen = new Set();
  const listenedTo = new WeakSet();
  let busy = 0;
  let next = 0;
  while (getItem.call(storage, KEY + next) !== null) next += 1;

  function record(where, text) {
    if (text.length < SHORTEST || seen.has(text)) return;
    seen.add(text);
    try {
      setItem.call(storage, KEY + next, stringify({ where, text: text.slice(0, LONGEST) }));
      next += 1;
    } catch {
      // A full log must fail the test rather than pass for silence.
      setItem.call(storage, `${KEY}trouble`, 'the log is full');
    }
  }

  function recordBytes(where, bytes) {
    let text = '';
    for (const byte of bytes.subarray(0, LONGEST)) text += String.fromCharCode(byte);
    record(where, text);
    if (text.includes('\0')) record(where, text.replaceAll('\0', ''));
    // Random bytes become a verifier by base64url alone.
    if (bytes.length < 4096) {
      record(where, toBase64(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''));
    }
  }

  function later(promise, use) {
    originalThen.call(promise, use, () => {});
  }

  function walkEntries(where, entries, depth, visited) {
    for (const entry of entries) walk(where, entry, depth + 1, visited);
  }

  /** WebDriver's own scripts make arrays without the methods of arrays. */
  function firstItems(array) {
    return Array.from({ length: Math.min(array.length, 5000) }, (_, index) => array[index]);
  }

  function isByteArray(value) {
    if (value.length < SHORTEST) return false;
    return firstItems(value).every((item) => Number.isInteger(item) && item >= 0 && item < 256);
  }

  function walk(where, value, depth, visited) {
    if (typeof value === 'string') return record(where, value);
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return;
    if (depth > DEEPEST || visited.has(value)) return;
    visited.add(value);
    if (value instanceof ArrayBuffer || value instanceof (window.SharedArrayBuffer ?? ArrayBuffer)) {
      return recordBytes(where, new Uint8Array(value));
    }
    if (ArrayBuffer.isView(value)) {
      return recordBytes(where, new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    }
    if (value instanceof Promise) return later(value, (result) => note(where, result));
    if (value instanceof Blob) return later(blobText.call(value), (text) => record(where, text));
    if (value instanceof MessagePort) return listen(value, 'message received on a port');
    if (value instanceof CryptoKey) {
      if (value.extractable) later(exportKey('jwk', value), (jwk) => note(`${where}: exported key`, jwk));
      return;
    }
    // A popup is a world of its own.
    if (value instanceof Node || value.window === value || value instanceof ReadableStream) return;
    if (value instanceof URL || value instanceof Location) return record(where, value.href);
    if (Array.isArray(value)) {
      if (isByteArray(value)) recordBytes(where, Uint8Array.from(value));
      return walkEntries(where, firstItems(value), depth, visited);
    }
    if (
      value instanceof Map ||
      value instanceof Set ||
      value instanceof Headers ||
      value instanceof FormData ||
      value instanceof URLSearchParams
    ) {
      return walkEntries(where, [...value], depth, visited);
    }
    if (value instanceof Request || value instanceof Response) {
      return walkEntries(where, [value.url, value.headers, value.statusText, value.referrer], depth, visited);
    }
    if (value instanceof Event) {
      const parts = [value.data, value.ports, value.detail, value.reason, value.error, value.message];
      parts.push(value.newValue, value.oldValue, value.destination?.url);
      return walkEntries(where, parts, depth, visited);
    }
    if (value instanceof Error || value instanceof DOMException) {
      walkEntries(where, [value.message, value.stack, value.cause], depth, visited);
    }
    for (const name of Reflect.ownKeys(value)) {
      if (typeof name === 'string') record(where, name);
      let item;
      try {
        item = value[name];
      } catch {
        continue;
      }
      walk(where, item, depth + 1, visited);
    }
  }

  /** Records every string in `value`. */
  function note(where, value) {
    if (busy) return;
    busy += 1;
    try {
      walk(where, value, 0, new WeakSet());
    } catch (error) {
      // The page goes on as if nothing were; the test is told.
      setItem.call(storage, `${KEY}trouble`, `${where}: ${error.stack}`);
    } finally {
      busy -= 1;
    }
  }

  /** Hears every message of a port, worker or channel without starting it. */
  function listen(target, where, type = 'message') {
    if (listenedTo.has(target)) return;
    listenedTo.add(target);
    addListener.call(target, type, (event) => note(where, event));
  }

  const traps = (where, onResult) => ({
    apply(target, self, args) {
      note(where, args);
      const result = Reflect.apply(target, self, args);
      if (!busy) {
        note(`${where}: result`, result);
        onResult?.(result, self);
      }
      return result;
    },
    construct(target, args, newTarget) {
      note(`new ${where}`, args);
      const result = Reflect.construct(target, args, newTarget);
      onResult?.(result);
      return result;
    },
  });

  /** Replaces a function or constructor by one that records what goes in and comes out. */
  function hook(object, names, where, onResult) {
    for (const name of [names].flat()) {
      const original = object?.[name];
      if (typeof original !== 'function') continue;
      const value = new Proxy(original, traps(where ? `${where}.${name}` : name, onResult));
      Object.defineProperty(object, name, { value, writable: true, configurable: true });
    }
  }

  /** Does the same for an attribute. */
  function hookAttribute(prototype, name, where) {
    const descriptor = prototype && Object.getOwnPropertyDescriptor(prototype, name);
    if (!descriptor?.get) return;
    const get = new Proxy(descriptor.get, traps(`${where}.${name}`));
    const set = descriptor.set && new Proxy(descriptor.set, traps(`${where}.${name} =`));
    Object.defineProperty(prototype, name, { ...descriptor, get, set });
  }

  /** Empties the log: `[{ where, text }]`. */
  function take() {
    const records = [];
    for (let index = 0; index < next; index += 1) {
      const item = getItem.call(storage, KEY + index);
      if (item !== null) records.push(parse(item));
      removeItem.call(storage, KEY + index);
    }
    next = 0;
    const trouble = getItem.call(storage, `${KEY}trouble`);
    if (trouble !== null) throw new Error(`the probe is blind: ${trouble}`);
    return records;
  }

  function storageKeys(area) {
    return Array.from({ length: area.length }, (_, index) => keyAt.call(area, index));
  }

  /** The contents of localStorage or sessionStorage, without the probe's own. */
  function contents(area) {
    return storageKeys(area)
      .filter((key) => !key.startsWith(KEY))
      .map((key) => [key, getItem.call(area, key)]);
  }

  window.__probe = { note, hook, hookAttribute, listen, take, contents, later, originalThen };
})();
