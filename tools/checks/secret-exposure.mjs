/**
 * A secret's value is taken out of its wrapper only where a comment says why: `// EXPOSE: …` on the same line or up
 * to three lines above. The list of these places is what a security review reads.
 */
import { runAlone } from '../lib/check.mjs';
import { listFiles, problemsAt, readText } from '../lib/files.mjs';
import { hasComment, maskRust, withoutTests } from '../lib/scan-rust.mjs';

export const name = 'every exposure of a secret in src is justified';

export function exposureProblems(root) {
  return listFiles(root, { under: ['src'], extensions: ['.rs'] }).flatMap((file) => {
    const text = readText(root, file);
    return problemsAt(file, withoutTests(maskRust(text)), /(?:\.|::)\s*expose\w*\b/g, (match) =>
      hasComment(text, match.index, 'EXPOSE:')
        ? null
        : `${match[0].trim()}() without \`// EXPOSE: …\` on the line or up to three lines above`,
    );
  });
}

export async function run({ root }) {
  return exposureProblems(root);
}

await runAlone(import.meta, name, run);
