/** Clippy has nothing to say about the core and the host tests. */
import { absentProblem, programProblems, runAlone } from '../lib/check.mjs';

export const name = 'clippy is content with the crate on the host';

export async function run({ root }) {
  const absent = absentProblem('cargo-clippy');
  if (absent.length > 0) return absent;
  const clippy = (...args) =>
    programProblems('cargo', ['clippy', '--quiet', '--locked', ...args, '--', '-D', 'warnings'], {
      cwd: root,
    });
  // As it ships, and as the simulation has it.
  return [...(await clippy('--all-targets')), ...(await clippy('--all-targets', '--all-features'))];
}

await runAlone(import.meta, name, run);
