/** Signing in and out by the browser's own window, with the vault in the same background. */
import type { AuthErrorData, AuthErrorPhase } from './errors.js';
import type { ExtensionApi } from './extension-api.js';
import type { SessionAnswer, SilentOptions, ToPage, ToVault } from './protocol.js';

/** A question to the vault. Rejected with the vault's message about why there is no answer. */
export type Ask = (intent: Intent) => Promise<unknown>;
export type Intent = ToVault extends infer M
  ? M extends { id: number; type: unknown }
    ? Omit<M, 'id'>
    : never
  : never;

/** Why something failed, but for whose call it was. */
export type Refusal = Omit<Failure, 'id'> | Omit<Exception, 'id'>;

type Failure = Extract<ToPage, { type: 'failure' }>;
type Exception = Extract<ToPage, { type: 'exception' }>;

/** When the server was last asked without a window, in milliseconds since 1970, as text. */
const ATTEMPT = 'holdfast.attempt';

export class Flows {
  readonly #api: ExtensionApi;
  readonly #ask: Ask;
  /** The sign-in whose window is open. */
  #signIn: Promise<null> | undefined;
  /** The question to the server that is under way, without a window. */
  #check: Promise<SessionAnswer> | undefined;

  constructor(api: ExtensionApi, ask: Ask) {
    this.#api = api;
    this.#ask = ask;
  }

  /** Signs somebody in. Where a window is open for that already, this is the same sign-in. */
  signIn(options: unknown): Promise<null> {
    this.#signIn ??= this.#signInAnew(options).finally(() => (this.#signIn = undefined));
    return this.#signIn;
  }

  async #signInAnew(options: unknown): Promise<null> {
    const url = (await this.#ask({ type: 'signIn', options })) as string;
    const answer = await this.#visit(url, true).catch((error: unknown) => {
      // Chrome's words for a server that can't be reached; everything else means that nobody finished it.
      throw /could not be loaded/i.test(String(error))
        ? refusal('network_error', 'login', 'The sign-in page could not be loaded.', true)
        : refusal('login_cancelled', 'login', 'The sign-in was not finished: its window was closed.');
    });
    await this.#ask({ type: 'handleCallback', url: answer });
    return null;
  }

  /** Who is signed in; where nobody is, the server is asked, without any window. Once for all who ask at the same time. */
  checkSession(options: SilentOptions): Promise<SessionAnswer> {
    this.#check ??= this.#checkAnew(options).finally(() => (this.#check = undefined));
    return this.#check;
  }

  async #checkAnew({ redirect }: SilentOptions): Promise<SessionAnswer> {
    const attemptedAt = await this.#lastAttempt();
    const options = { redirect, attemptedAt };
    const found = (await this.#ask({ type: 'checkSession', options })) as SessionAnswer;
    if (!found.navigate) return found;
    await this.#api.storage?.session?.set({ [ATTEMPT]: `${Date.now()}` }).catch(() => {});
    try {
      await this.#ask({ type: 'handleCallback', url: await this.#visit(found.navigate, false) });
    } catch (error) {
      // The browser's own: the server wanted to show something, or could not be reached. Nobody was found.
      if (isRefusal(error)) throw error;
    }
    return (await this.#ask({ type: 'checkSession', options: null })) as SessionAnswer;
  }

  /** Ends the session here, and then at the server, whose page may want to be confirmed. */
  async signOut(options: unknown): Promise<null> {
    const url = (await this.#ask({ type: 'signOut', options })) as string | null;
    // It is over here, whatever becomes of that window.
    if (url) await this.#visit(url, true).catch(() => {});
    return null;
  }

  async #visit(url: string, interactive: boolean): Promise<string> {
    const answer = await this.#api.identity!.launchWebAuthFlow({ url, interactive });
    if (answer === undefined) throw new Error('The window was closed.');
    return answer;
  }

  async #lastAttempt(): Promise<string | null> {
    try {
      return ((await this.#api.storage!.session!.get(ATTEMPT))[ATTEMPT] as string | undefined) ?? null;
    } catch {
      return null;
    }
  }
}

/** A failure as a page is told it. */
export function refusal(
  code: AuthErrorData['code'],
  phase: AuthErrorPhase,
  message: string,
  retryable = false,
): Omit<Failure, 'id'> {
  return { type: 'failure', error: { code, phase, message, retryable } };
}

/** Whether it is the vault's word, or one of these flows'. */
export function isRefusal(error: unknown): error is Refusal {
  return /^(failure|exception)$/.test(String((error as Refusal | null)?.type));
}
