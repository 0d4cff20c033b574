/** When this tab last tried a sign-in without any page of the server's: what keeps it from trying for ever. */

/** Its name in `sessionStorage`. */
export const ATTEMPT = 'holdfast.silent-sign-in';

/** In milliseconds since 1970, as text. `undefined`: this page can't remember it, so it must not try. */
export function lastAttempt(): string | null | undefined {
  return remembered((storage) => storage.getItem(ATTEMPT));
}

/** Whether this page can remember that it tries now. */
export function rememberAttempt(): true | undefined {
  return remembered((storage) => {
    storage.setItem(ATTEMPT, `${Date.now()}`);
    return true;
  });
}

/** `sessionStorage` throws where the browser blocks cookies, and where it is full. */
function remembered<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(sessionStorage);
  } catch {
    return undefined;
  }
}
