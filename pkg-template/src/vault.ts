/**
 * The WebAssembly module as worker.ts calls it. The other way round the module says what is to be done, and is told what
 * came of it: its host is here. Nothing is decided here.
 */
import { type Core, type EscrowWords, type Host, instantiate, type Text } from 'holdfast-vault';
import { vaultBytes } from 'holdfast-vault-bytes';
import { proofKey } from './proof-key.js';
import { ask, isAnswer, isOutcome, read } from './server-request.js';
import { isValid } from './signature.js';
import { putTransaction, takeTransaction } from './transactions.js';
import { plain, Stack } from './words.js';

export type EscrowLink = (fingerprint: string, words: EscrowWords) => Promise<unknown[] | undefined>;

/** An API call of the page's. */
interface Call {
  url: string;
  init: RequestInit;
  /** What the API answered, until the core says what becomes of it. */
  response?: Response | undefined;
}

/** A command of the page's that was not answered yet. */
interface Pending {
  resolve: (value: never) => void;
  reject: (reason: unknown) => void;
  call: Call | undefined;
}

/** The exports that begin a command. */
type Command =
  | 'open'
  | 'resume'
  | 'checkSession'
  | 'signIn'
  | 'handleCallback'
  | 'accessToken'
  | 'userinfo'
  | 'session'
  | 'signOut';

type Asked = [
  url: string,
  form: string | undefined,
  authorization: string | undefined,
  timeout: number,
  key: string | undefined,
  signingInput: string | undefined,
  /** For the escrow to carry. */
  fingerprint?: string,
  ...deposit: unknown[],
];
type Signed = Parameters<typeof isValid>;
type Stored = Parameters<typeof putTransaction>;

export class Vault {
  /** The exports that answer at once. */
  readonly core: Core;
  /** What the module has said since it last said what that is for. */
  readonly #words = new Stack();
  readonly #pending = new Map<number, Pending>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #emit!: (event: never) => void;
  #escrow: EscrowLink | undefined;

  /** Starts the module, with nothing of an instance before. Throws what the browser does. */
  constructor() {
    this.core = instantiate(vaultBytes(), this.#host());
  }

  /** `escrow` is undefined where the app has none. Throws a failure where an option is wrong. */
  begin(options: unknown, emit: (event: never) => void, escrow: EscrowLink | undefined): void {
    this.#emit = emit;
    this.#escrow = escrow;
    if (!this.saying(plain(options)).start(!!escrow)) throw this.#words.take()[0];
  }

  /** Throws a failure where the vault began with others. */
  checkOptions(options: unknown): void {
    if (!this.saying(plain(options)).checkOptions()) throw this.#words.take()[0];
  }

  /**
   * The exports, of which one that takes these texts, and no others, is to be called at once. Where one of the texts can't be
   * put into the module's memory, those before it must not stay for the next export: the module ends here.
   */
  saying(...texts: Text[]): Core {
    try {
      for (const text of texts) this.core.text(text);
    } catch (error) {
      this.core.end();
      throw new WebAssembly.RuntimeError(String(error));
    }
    return this.core;
  }

  /** A command of a name that no other has which waits. Rejected with a failure. */
  command(name: Command, id: number, texts: Text[] = [], flag = false): Promise<unknown> {
    return this.#command(id, () => this.saying(...texts)[name](id, flag));
  }

  /** An API call. Rejected with a failure, or with what the browser says. */
  fetch(
    id: number,
    url: string,
    init: RequestInit,
    hasAuthorization: boolean,
    isRepeatable: boolean,
  ): Promise<Response> {
    const { redirect, mode } = init;
    // What the core reads is what the browser gets.
    const method = (init.method = `${init.method ?? 'GET'}`);
    init.redirect = redirect === 'manual' || redirect === 'follow' ? redirect : 'error';
    const begin = () =>
      this.saying(url, method, init.redirect).call(id, hasAuthorization, isRepeatable, mode === 'no-cors');
    return this.#command(id, begin, { url, init });
  }

  /** Gives up a command: nobody waits for it any longer. Its promise is rejected with `reason`. */
  abandon(id: number, reason: unknown): void {
    const pending = this.#settled(id);
    if (!pending) return;
    pending.reject(reason);
    this.core.abandon(id);
  }

  #command<T>(id: number, begin: () => void, call?: Call): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, call });
      begin();
    });
  }

  /** Takes a command that is answered. */
  #settled(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #host(): Host {
    const words = this.#words;
    return {
      words,
      reply: (id) => {
        const [value] = words.take();
        this.#settled(id)?.resolve(value as never);
      },
      fail: (id) => {
        const [failure] = words.take();
        const pending = this.#settled(id);
        cancel(pending?.call);
        pending?.reject(failure);
      },
      deliver: (id) => {
        const pending = this.#settled(id);
        pending?.resolve(pending.call?.response as never);
      },
      emit: () => {
        const [event] = words.take();
        try {
          this.#emit(event as never);
        } catch {
          // Nothing of a page's may end what the module is about to do.
        }
      },
      ask: (id) => void this.#ask(id, ...(words.take() as Asked)),
      send: (id) => void this.#send(id, ...(words.take() as [string, string?, string?])),
      makeKey: async (id) => this.saying(await made(words.take()[0] as string)).keyMade(id),
      verify: async (id) => this.core.verified(id, await isValid(...(words.take() as Signed))),
      store: async (id) => this.core.stored(id, await putTransaction(...(words.take() as Stored))),
      take: async (id) => this.saying(await takeTransaction(words.take()[0] as string)).taken(id),
      tell: async (id) => {
        const [fingerprint, ...message] = words.take() as [string, ...EscrowWords];
        this.#heard(id, await this.#tell(fingerprint, message));
      },
      wakeAfter: (milliseconds) => {
        clearTimeout(this.#timer);
        if (milliseconds >= 0) this.#timer = setTimeout(() => this.core.wake(), milliseconds);
      },
    };
  }

  /** A request to the authorization server, which the escrow carries where there is one and the core wants it. */
  async #ask(
    id: number,
    ...[url, form, authorization, timeout, key, signingInput, fingerprint, ...deposit]: Asked
  ): Promise<void> {
    const proof = key && (await made(key, signingInput));
    if (key && !proof) return this.core.unsigned(id);
    const message = [...deposit, url, form ?? null, timeout, proof ?? null] as unknown[] as EscrowWords;
    const carried = fingerprint && (await this.#tell(fingerprint, message));
    if (carried && !isOutcome(carried)) return this.#heard(id, carried);
    const outcome = carried || (await ask(url, form, authorization, timeout, proof));
    if (isAnswer(outcome)) {
      const { texts, facts } = read(outcome);
      this.saying(...texts).answered(id, ...facts);
    } else this.core.unanswered(id, outcome[0] === 'timeout');
  }

  async #send(id: number, authorization: string, key?: string, signingInput?: string): Promise<void> {
    const proof = key && (await made(key, signingInput));
    if (key && !proof) return this.core.callUnsigned(id);
    const call = this.#pending.get(id)?.call;
    if (!call) return;
    // An answer before is of no use.
    cancel(call);
    let response: Response;
    try {
      const headers = new Headers(call.init.headers);
      headers.set('authorization', authorization);
      if (proof) headers.set('dpop', proof);
      response = await fetch(call.url, { ...call.init, headers });
    } catch (error) {
      return this.abandon(id, error);
    }
    call.response = response;
    // Somebody may have given up meanwhile.
    if (!this.#pending.has(id)) return cancel(call);
    const [challenge, nonce, date] = ['www-authenticate', 'dpop-nonce', 'date'].map((name) =>
      response.headers.get(name),
    );
    this.saying(response.url, challenge, nonce).callAnswered(id, response.status, Date.parse(date ?? ''));
  }

  /** What the escrow answers. `undefined` where there is none. */
  async #tell(fingerprint: string, message: EscrowWords): Promise<unknown[] | undefined> {
    try {
      return await this.#escrow?.(fingerprint, message);
    } catch {
      return undefined;
    }
  }

  #heard(id: number, answer: unknown[] | undefined): void {
    const [type, state] = answer ?? [];
    this.saying(`${type}`, typeof state === 'string' ? state : undefined).escrowAnswered(id);
  }
}

/** A key for proofs, or with `signingInput` a proof. `undefined` where this browser can't. */
function made(what: string, signingInput?: string): Promise<string | undefined> {
  return proofKey(what, signingInput).catch(() => undefined);
}

/** Nobody will read the answer, so the network need not bring it. */
function cancel(call: Call | undefined): void {
  call?.response?.body?.cancel().catch(() => {});
  if (call) call.response = undefined;
}
