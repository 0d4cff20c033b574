/** publint finds nothing wrong with the built package: every entry exists, is what it says, and has its types. */
import path from 'node:path';
import { runAlone, unbuiltProblem } from '../lib/check.mjs';

export const name = 'publint is content with the package';
export const needs = ['package'];

export async function run({ root }) {
  const absent = unbuiltProblem(root);
  if (absent.length > 0) return absent;
  const { publint } = await import('publint');
  const { formatMessage } = await import('publint/utils');
  const { messages, pkg } = await publint({ pkgDir: path.join(root, 'pkg'), strict: true, pack: 'npm' });
  return messages.map(
    (message) => `pkg/package.json: ${message.type}: ${formatMessage(message, pkg, { color: false })}`,
  );
}

await runAlone(import.meta, name, run);
