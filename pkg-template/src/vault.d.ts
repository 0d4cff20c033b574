/** What the build puts beside worker.ts: the WebAssembly module's glue, and its bytes. */

declare module 'holdfast-vault' {
  export type Text = string | null | undefined;
  /** A message to the escrow; src/browser/host.rs. */
  export type EscrowWords = [
    type: string,
    ticket?: string | null,
    /** The session; with `claim` and `forget`, what is asked for beside that. */
    content?: string | boolean,
    id?: string | null,
    url?: string,
    form?: string,
    timeout?: number,
    proof?: string | null,
  ];
  /** The exports of src/browser/exports.rs, which says what texts each takes, and in which order. Options are JSON. */
  export interface Core {
    /** A text for the export that is called next, or that there is none. */
    text(text: Text): void;
    start(hasEscrow: boolean): boolean;
    checkOptions(): boolean;
    /** A page is new here. */
    open(id: number): void;
    /** A page has slept, or another vault was heard of. */
    resume(id: number): void;
    /** Whether any page can be seen. Deposits the session, too. */
    visible(isVisible: boolean): void;
    sleep(): void;
    /** Whether somebody wants to hear of each call and request. Tells the state. */
    watched(isWatched: boolean): void;
    /** The device has a network again. */
    online(): void;
    /** A page begins at what looks like an authorization response. */
    expectResponse(): void;
    wake(): void;
    checkSession(id: number): void;
    signIn(id: number, isPopup: boolean): void;
    handleCallback(id: number): void;
    call(id: number, hasAuthorization: boolean, isRepeatable: boolean, isNoCors: boolean): void;
    /** Whether a call would get a token. */
    covers(): boolean;
    accessToken(id: number): void;
    userinfo(id: number): void;
    session(id: number): void;
    signOut(id: number): void;
    abandon(id: number): void;
    answered(id: number, status: number, retryAfter: number, looksLikeHtml: boolean, date: number): void;
    unanswered(id: number, isTimeout: boolean): void;
    unsigned(id: number): void;
    callUnsigned(id: number): void;
    callAnswered(id: number, status: number, date: number): void;
    keyMade(id: number): void;
    verified(id: number, isValid: boolean | undefined): void;
    stored(id: number, isStored: boolean): void;
    taken(id: number): void;
    escrowAnswered(id: number): void;
    /** From now on nothing in the module runs, whatever still comes to it. */
    end(): void;
  }
  /** What the module says before it calls one of the host's functions. */
  export interface Words {
    text(text: string): void;
    number(number: number): void;
    flag(flag: boolean): void;
    /** `null`, or else `undefined`. */
    nothing(isNull: boolean): void;
    /** The member of an object that has no such member. */
    absent(): void;
    list(length: number): void;
    object(length: number): void;
  }
  /** What the module calls; src/browser/host.rs. */
  export interface Host {
    words: Words;
    reply(id: number): void;
    fail(id: number): void;
    deliver(id: number): void;
    emit(): void;
    ask(id: number): void;
    send(id: number): void;
    makeKey(id: number): void;
    verify(id: number): void;
    store(id: number): void;
    take(id: number): void;
    tell(id: number): void;
    wakeAfter(milliseconds: number): void;
  }
  /** Starts the module, with nothing of an instance before. */
  export function instantiate(module: BufferSource, host: Host): Core;
}

declare module 'holdfast-vault-bytes' {
  /** The module, as `instantiate` takes it. */
  export function vaultBytes(): Uint8Array<ArrayBuffer>;
}
