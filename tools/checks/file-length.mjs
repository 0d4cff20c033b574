/** A file of more than 500 lines holds two subjects: split it. Aim at 300. */
import { runAlone } from '../lib/check.mjs';
import { listFiles, readText } from '../lib/files.mjs';

export const name = 'no source file has more than 500 lines';

const limit = 500;
const extensions = ['.rs', '.ts', '.tsx', '.mts', '.js', '.mjs', '.cjs', '.css', '.html', '.sh'];

export function lengthProblems(root) {
  return listFiles(root, { extensions }).flatMap((file) => {
    const lines = (readText(root, file) ?? '').replace(/\n$/, '').split('\n').length;
    return lines > limit ? [`${file}: ${lines} lines; split it by subject`] : [];
  });
}

export async function run({ root }) {
  return lengthProblems(root);
}

await runAlone(import.meta, name, run);
