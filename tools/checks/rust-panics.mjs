/**
 * The crate does not panic: a panic in wasm ends the vault and with it the session. Where a panic is impossible,
 * a comment says why: `// INVARIANT: …` on the same line or up to three lines above.
 */
import { runAlone } from '../lib/check.mjs';
import { listFiles, problemsAt, readText } from '../lib/files.mjs';
import { hasComment, maskRust, withoutTests } from '../lib/scan-rust.mjs';

export const name = 'every unwrap, expect and panic in src states its invariant';

/** `self.expect(…)` is a method of our own. */
const panics =
  /(?<!\bself\s*)\.\s*(?:unwrap|expect|unwrap_err|expect_err)\s*\(|\b(?:panic|unreachable|assert|assert_eq|assert_ne)\s*!/g;

export function panicProblems(root) {
  return listFiles(root, { under: ['src'], extensions: ['.rs'] })
    .filter((file) => !/(?:^|\/)tests?(?:\.rs$|\/)/.test(file))
    .flatMap((file) => {
      const text = readText(root, file);
      return problemsAt(file, withoutTests(maskRust(text)), panics, (match) =>
        hasComment(text, match.index + match[0].length - 1, 'INVARIANT:')
          ? null
          : `${match[0].replace(/\s/g, '').replace(/^\.|\($/g, '')} without \`// INVARIANT: …\`: return an error, or say why it can't happen`,
      );
    });
}

export async function run({ root }) {
  return panicProblems(root);
}

await runAlone(import.meta, name, run);
