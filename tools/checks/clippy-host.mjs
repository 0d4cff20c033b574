/** Clippy has nothing to say about the core and the host tests. */
import { absentProblem, programProblems, runAlone } from '../lib/check.mjs';

export const name = 'clippy is content with the crate on the host';

export async function run({ root }) {
  const absent = absentProblem('cargo-clippy');
  if (absent.length > 0) return absent;
  return programProblems(
    'cargo',
    ['clippy', '--quiet', '--locked', '--all-targets', '--', '-D', 'warnings'],
    {
      cwd: root,
    },
  );
}

await runAlone(import.meta, name, run);
