/** The token request of a vault that may be gone before the answer comes. */
import type { Carried, TokenRequest } from './escrow-messages.js';

/** Sends the token request as the vault would, but on its own account: the vault may be gone before the answer comes. */
export async function sendTokenRequest({ url, headers, form, timeout }: TokenRequest): Promise<Carried> {
  const signal = AbortSignal.timeout(timeout);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: form,
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      cache: 'no-cache',
      signal,
    });
    const { status } = response;
    return { type: 'response', status, body: await response.text(), headers: [...response.headers] };
  } catch {
    return { type: 'failure', isTimeout: signal.aborted };
  }
}
