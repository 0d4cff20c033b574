/** Exceptions of the platform's, on their way from the vault to the page. */

/** An exception of the vault's fetch, as the page's own fetch would have thrown it. */
export function exception(name: string, message: string): Error {
  return name === 'TypeError' ? new TypeError(message) : new DOMException(message, name);
}
