/** Leaves the page for a sign-in without any page of the server's. Loaded where one is asked for, and nobody is signed in. */
import { lastAttempt, rememberAttempt } from './attempt.js';
import type { LoginOptions } from './auth-client.js';
import type { SilentOptions } from './protocol.js';

/** Fulfilled when the page, having left, comes back as it was. */
let away: Promise<void> | undefined;

/** `check` asks the vault who is signed in, and is answered where the page has to go for a silent sign-in. */
export async function signInSilently(
  check: (options: SilentOptions | null) => Promise<string | null>,
  redirect: LoginOptions,
): Promise<void> {
  const attemptedAt = lastAttempt();
  if (attemptedAt === undefined || self !== top) return;
  const navigate = await check({ redirect, attemptedAt } as SilentOptions);
  if (!navigate) return;
  // Of two calls at once, one leaves, and both wait.
  if (lastAttempt() === attemptedAt) {
    if (!rememberAttempt()) return;
    away = new Promise((resolve) => {
      addEventListener('pageshow', ({ persisted }) => persisted && resolve());
    });
    location.assign(navigate);
  }
  await away;
  await check(null);
}
