/** What the build puts beside worker.ts: the WebAssembly module's glue, and its bytes. */

declare module 'holdfast-vault' {
  /** The exports of src/browser/exports.rs. */
  export class Vault {
    constructor(options: unknown, emit: (event: never) => void);
    checkOptions(options: unknown): void;
    checkSession(id: number): Promise<unknown>;
    signIn(id: number, options: unknown): Promise<unknown>;
    handleCallback(id: number, url: string): Promise<unknown>;
    fetch(
      id: number,
      url: string,
      init: object,
      hasAuthorization: boolean,
      isRepeatable: boolean,
    ): Promise<Response>;
    abandon(id: number, reason: unknown): void;
    signOut(id: number, options: unknown): Promise<unknown>;
  }
  export function initSync(options: { module: BufferSource }): void;
}

declare module 'holdfast-vault-bytes' {
  /** The module, as `initSync` takes it. */
  export function vaultBytes(): Uint8Array<ArrayBuffer>;
}
