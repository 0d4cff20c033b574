/** Exceptions of the platform's, on their way from the vault to the page. */

/** What of one travels. */
export interface ExceptionData {
  name: string;
  message: string;
  stack?: string | undefined;
}

/** An exception of the vault's fetch, as the page's own fetch would have thrown it. */
export function exception({ name, message, stack }: ExceptionData): Error {
  if (name !== 'TypeError') return new DOMException(message, name);
  // In WebKit those of the network have none, by which libraries tell them from others.
  return Object.assign(new TypeError(message), { stack } as { stack: string });
}
