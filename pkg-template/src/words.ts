/** What the module says: values, one by one, of which it then has lists and objects made. They are taken all at once. */
import type { Words } from 'holdfast-vault';

/** The member of an object that has no such member. */
const ABSENT = {};

export class Stack implements Words {
  #values: unknown[] = [];

  text(text: string): void {
    this.#values.push(text);
  }

  number(number: number): void {
    this.#values.push(number);
  }

  flag(flag: boolean): void {
    this.#values.push(flag);
  }

  nothing(isNull: boolean): void {
    this.#values.push(isNull ? null : undefined);
  }

  absent(): void {
    this.#values.push(ABSENT);
  }

  list(length: number): void {
    this.#values.push(this.#last(length));
  }

  /** Of as many values and then their names. */
  object(length: number): void {
    const names = this.#last(length);
    const entries = this.#last(length).map((value, index) => [names[index], value] as [string, unknown]);
    // Unlike an assignment this is safe for names such as `__proto__`, which a server may choose.
    this.#values.push(Object.fromEntries(entries.filter(([, value]) => value !== ABSENT)));
  }

  /** Everything, from the first word on. */
  take(): unknown[] {
    return this.#values.splice(0);
  }

  #last(count: number): unknown[] {
    return this.#values.splice(this.#values.length - count);
  }
}

/** A value as JSON. Empty, and so no JSON, where it is no plain data. */
export function plain(options: unknown): string {
  try {
    return JSON.stringify(options === undefined ? null : options) ?? '';
  } catch {
    return '';
  }
}
