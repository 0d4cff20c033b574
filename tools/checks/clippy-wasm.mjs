/** Clippy has nothing to say about the crate as the browser gets it, nor about the wasm tests. */
import { absentProblem, programProblems, runAlone } from '../lib/check.mjs';

export const name = 'clippy is content with the crate for wasm32';

export async function run({ root }) {
  const absent = absentProblem('cargo-clippy');
  if (absent.length > 0) return absent;
  // Host tests use crates that do not exist for wasm32, so of the tests only those for the browser.
  const targets = ['--lib', '--test', 'wasm_*'];
  const args = ['clippy', '--quiet', '--locked', '--target', 'wasm32-unknown-unknown', ...targets];
  return programProblems('cargo', [...args, '--', '-D', 'warnings'], { cwd: root });
}

await runAlone(import.meta, name, run);
