/** Which tests of the ecosystem run on which day: none is forgotten, and a run says what it left for other days. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { filesInTurn } from '../../tools/lib/rotation.mjs';

const folder = 'tests/ecosystem';
const always = ['plain', 'react'].map((name) => `${folder}/${name}.test.mjs`);
const rotating = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `${folder}/bundlers/${name}.test.mjs`);
const files = [...always, ...rotating];
const onDay = (day) => filesInTurn(folder, files, { choice: '', now: (day + 0.5) * 86_400_000 });

test('three days run everything, and the examples run on each', () => {
  const days = [20_000, 20_001, 20_002].map((day) => onDay(day).files);
  for (const chosen of days) {
    assert.deepEqual(chosen.slice(0, 2), always);
    assert.ok(chosen.length < files.length);
  }
  assert.deepEqual([...new Set(days.flat())].sort(), [...files].sort());
  assert.equal(days.flat().length, rotating.length + 3 * always.length);
});

test('the same day runs the same', () => assert.deepEqual(onDay(20_000), onDay(20_003 - 3)));

test('a run says what it runs, what it leaves, and how to run the same again', () => {
  const { says } = onDay(20_001);
  assert.match(says, /share 1 of 3 \(day 20001 since 1970\): a, d, g; on other days: b, c, e, f\./);
  assert.match(says, /HOLDFAST_ECOSYSTEM=a,d,g; all: npm run test:ecosystem/);
});

test('all, or those that were asked for', () => {
  assert.deepEqual(filesInTurn(folder, files, { choice: 'all' }).files, files);
  assert.deepEqual(filesInTurn(folder, files, { choice: 'b, e' }).files, [
    ...always,
    rotating[1],
    rotating[4],
  ]);
  assert.throws(() => filesInTurn(folder, files, { choice: 'b,x' }), /no x; there is: all, a, b/);
});
