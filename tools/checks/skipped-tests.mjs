/** No test is skipped, none runs alone, nothing is left to do: a test that does not run is a hole nobody sees. */
import { runAlone } from '../lib/check.mjs';
import { listFiles, problemsAt, readText } from '../lib/files.mjs';
import { maskJavaScript } from '../lib/scan-javascript.mjs';
import { maskRust } from '../lib/scan-rust.mjs';

export const name = 'no test is skipped, singled out or left to do';

const inRust = [
  [/#\[(?:cfg_attr\([^\]]*,\s*)?ignore\b[^\]]*\]/g, 'an ignored test'],
  [/\b(?:todo|unimplemented)\s*!/g, 'code that is left to do'],
  [
    /#!?\[(?:cfg_attr\([^\]]*,\s*)?should_panic\s*\]/g,
    'should_panic without `expected`: it passes with any panic',
  ],
];

const testFunction = String.raw`(?:test|it|describe|suite|context|t)`;
const inJavaScript = [
  [
    new RegExp(String.raw`(?<![.\w])${testFunction}\s*\.\s*(?:skip|only|todo)\b`, 'g'),
    'a skipped, single or unwritten test',
  ],
  [/(?<![.\w])(?:xit|xtest|xdescribe|fit|fdescribe)\s*\(/g, 'a skipped or single test'],
  [
    /(?<=\b(?:test|it|describe|suite)\s*\([^;{]*)\{[^{}]*\b(?:skip|only|todo)\s*:/g,
    'a skipped, single or unwritten test',
  ],
];

export function skipProblems(root) {
  const find = (file, masked, patterns) =>
    patterns.flatMap(([pattern, what]) =>
      problemsAt(file, masked, pattern, (match) => `${what} (${match[0].trim()})`),
    );
  const rust = listFiles(root, { under: ['src', 'tests', 'benches'], extensions: ['.rs'] });
  const scripts = listFiles(root, {
    under: ['tests', 'tools', 'www', 'pkg-template', 'benches'],
    extensions: ['.js', '.mjs', '.ts', '.tsx'],
  });
  return [
    ...rust.flatMap((file) => find(file, maskRust(readText(root, file)), inRust)),
    ...scripts.flatMap((file) =>
      find(file, maskJavaScript(readText(root, file), { strings: true }), inJavaScript),
    ),
  ];
}

export async function run({ root }) {
  return skipProblems(root);
}

await runAlone(import.meta, name, run);
