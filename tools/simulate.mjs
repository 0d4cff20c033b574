/**
 * `npm run simulate`: the simulation of tests/simulation, as long as you like (docs/simulation.md).
 *   npm run simulate -- --seeds 1000000        so many lives, from seed 0 (or --from N) on
 *   npm run simulate -- --seed 19              the story of one
 *   npm run simulate -- --without both-clocks  the core without one of its rules
 *   npm run simulate -- --table                which seed misses which rule
 *   npm run simulate -- --fleet FILE.svg       a million people and an outage
 */
import { root } from './lib/paths.mjs';
import { attempt, endChildrenOnSignals } from './lib/process.mjs';
import { findCargo } from './lib/setup-rust.mjs';
import { simulationBuild } from './lib/suites-cargo.mjs';

if (!findCargo()) {
  console.log('Rust is not installed. Get it by the one command on https://rustup.rs, then run this again.');
  process.exit(1);
}
endChildrenOnSignals();
const { code } = await attempt(
  'cargo',
  ['run', '--quiet', ...simulationBuild, '--example', 'simulate', '--', ...process.argv.slice(2)],
  { cwd: root, onLine: (line) => console.log(line) },
);
process.exitCode = code ?? 1;
