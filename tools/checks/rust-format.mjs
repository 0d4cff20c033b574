/** Rust sources are formatted as rustfmt.toml says. Repair: cargo fmt */
import { absentProblem, programProblems, runAlone } from '../lib/check.mjs';

export const name = 'Rust sources are formatted';

export async function run({ root }) {
  const absent = absentProblem('cargo');
  return absent.length > 0
    ? absent
    : programProblems('cargo', ['fmt', '--check', '--', '--color', 'never'], { cwd: root });
}

await runAlone(import.meta, name, run);
