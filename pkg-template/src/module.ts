/**
 * The WebAssembly module that runs, and its end: a panic, or memory that the browser refuses, surfaces as a RuntimeError.
 * Its memory can't be trusted afterwards, so nothing of it is used again.
 */
import { Vault } from './vault.js';

/** How many calls have to be answered before a crash counts as the first one again. */
const ENOUGH = 10;

export class Module {
  #instance: Vault | undefined;
  /** Who waits for the instance. */
  readonly #waiting = new Set<(error: unknown) => void>();
  #answered = 0;
  /** How often the module has crashed in a row. */
  crashes = 0;

  /** Starts an instance where none is. Throws what the browser does. */
  start(): Vault {
    return (this.#instance ??= new Vault());
  }

  /** The same promise, which is rejected where the instance ends before. */
  async outlived<T>(answer: T | Promise<T>): Promise<T> {
    let leave!: (error: unknown) => void;
    const end = new Promise<never>((_, reject) => this.#waiting.add((leave = reject)));
    try {
      const value = await Promise.race([answer, end]);
      this.#answered++;
      return value;
    } finally {
      this.#waiting.delete(leave);
    }
  }

  /** Ends the instance: who waits for it is told `error`. `false` where it has ended before. */
  end(error: unknown): boolean {
    if (!this.#instance) return false;
    this.#instance.core.end();
    this.#instance = undefined;
    this.crashes = this.#answered < ENOUGH ? this.crashes + 1 : 1;
    this.#answered = 0;
    this.#waiting.forEach((reject) => reject(error));
    return true;
  }
}

export function isPanic(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError;
}
