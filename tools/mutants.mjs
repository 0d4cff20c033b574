/**
 * `npm run mutants`: changes the code that decides what is believed and who gets a token, one place at a time, and sees
 * whether a test fails. Ends with 1 where a change is noticed by no test and not explained in docs/mutants.md.
 *   npm run mutants -- --file src/core/token.rs   only this file (the others are in .cargo/mutants.toml)
 * Takes an hour, and needs cargo-mutants. First the unit tests judge, in seconds; then the tests of whole flows judge what is left.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { red } from './lib/console.mjs';
import { root, scratch } from './lib/paths.mjs';
import { attempt, endChildrenOnSignals } from './lib/process.mjs';

endChildrenOnSignals();
const { code: isThere } = await attempt('cargo', ['mutants', '--version'], { cwd: root });
if (isThere !== 0) {
  console.error('`cargo mutants` does not work: `cargo install cargo-mutants`, then run this again.');
  process.exit(1);
}

const explained = 'docs/mutants.md';
const folder = path.join(scratch, 'mutants');
const missed = path.join(folder, 'mutants.out', 'missed.txt');
/** The tests that whole flows are told in; the random ones take too long for each of hundreds of changes. */
const flows = [
  ...[
    'callbacks',
    'dpop',
    'escrow',
    'escrow_trouble',
    'hostile_id_tokens',
    'hostile_refresh',
    'hostile_tokens',
    'id_token_edges',
    'logs',
    'refresh',
  ],
  ...[
    'refresh_epochs',
    'refresh_identity',
    'refresh_lost',
    'refresh_refused',
    'refresh_targets',
    'resources',
  ],
  ...['sign_in', 'token_exchange', 'token_requests'],
];
const passes = [['--cargo-arg=--lib'], ['--iterate', ...flows.map((test) => `--cargo-arg=--test=${test}`)]];

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const pass of passes) {
  const { code, output } = await attempt(
    'cargo',
    [
      'mutants',
      '--jobs',
      '1',
      '--colors',
      'never',
      '--no-shuffle',
      '-o',
      folder,
      ...pass,
      ...process.argv.slice(2),
    ],
    { cwd: root, env: { PROPTEST_CASES: '32' }, onLine: (line) => console.log(line) },
  );
  // 2: some were missed. 3: some made the tests hang, which is as good as noticed.
  if (![0, 2, 3].includes(code)) {
    console.error(output.slice(-20).join('\n'));
    process.exit(1);
  }
}

const known = readFileSync(path.join(root, explained), 'utf8');
const survivors = existsSync(missed) ? readFileSync(missed, 'utf8').trim().split('\n').filter(Boolean) : [];
/** Without the place in the file, which moves. */
const inWords = (mutant) => mutant.replace(/^src\/core\/([^:]+):\d+:\d+: /, '$1: ');
const unexplained = survivors.filter((mutant) => !known.includes(inWords(mutant)));
console.log(
  `${survivors.length} changes are noticed by no test; ${survivors.length - unexplained.length} of them are explained.`,
);
for (const mutant of unexplained) console.log(red(`not in ${explained}: ${mutant}`));
process.exitCode = unexplained.length > 0 ? 1 : 0;
