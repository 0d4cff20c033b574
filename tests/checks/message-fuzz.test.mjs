import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { messageMaker } from '../e2e/support/message-fuzz.js';

const init = {
  type: 'init',
  options: { resources: ['https://api.example/'], scope: 'openid' },
  visible: true,
};
const urls = ['https://api.example/'];

describe('the maker of malformed messages', () => {
  it('spoils its messages alone, and nothing that the page has, too', () => {
    const builtIns = [Object, Array, Function, Date, Map, Set, Promise, ArrayBuffer, Uint8Array];
    const members = ({ prototype }) => Object.entries(Object.getOwnPropertyDescriptors(prototype));
    const before = builtIns.map((builtIn) => new Map(members(builtIn)));
    const next = messageMaker({ seed: 1, init, urls });
    for (let count = 0; count < 50_000; count++) next();
    const changed = builtIns.flatMap((builtIn, index) =>
      members(builtIn)
        .filter(([name, { value }]) => before[index].get(name)?.value !== value)
        .map(([name]) => `${builtIn.name}.prototype.${name}`),
    );
    assert.deepEqual(changed, []);
  });

  it('makes the same of the same number', () => {
    const made = (seed) => {
      const next = messageMaker({ seed, init, urls });
      return Array.from({ length: 100 }, () => typeof next()).join();
    };
    assert.equal(made(7), made(7));
    assert.notEqual(made(7), made(8));
  });
});
