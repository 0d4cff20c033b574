/**
 * The code of docs/using-with.md is that of the modules in tests/e2e/libraries, which run in the browsers: what stands
 * there between `// #region docs` and `// #endregion`, and nothing else.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { lineAt, listFiles, readText } from './files.mjs';

export const page = 'docs/using-with.md';
const folder = 'tests/e2e/libraries';
/** What is no library's. */
const own = ['harness.js'];

const block = /(<!-- (.+) -->\n\n)?```js\n([^]*?)```/g;
const region = /^( *)\/\/ #region docs\n([^]*?)^ *\/\/ #endregion$/gm;

/** The page's text with each block as it should be. */
export function pageWithSamples(root) {
  return textOf(root).replace(block, (whole, mark, file) =>
    mark ? `${mark}\`\`\`js\n${sample(readText(root, file), file)}\`\`\`` : whole,
  );
}

/** One line for each block that is another, for each that no test runs, and for each module that the page leaves out. */
export function sampleProblems(root) {
  const text = textOf(root);
  const blocks = [...text.matchAll(block)];
  const shown = new Set(blocks.map(([, , file]) => file));
  return [
    ...blocks.flatMap(({ index, 2: file, 3: code }) => {
      const place = `${page}:${lineAt(text, index)}`;
      if (!file) return [`${place}: no test runs this; name its module in ${folder} before it`];
      return code === sample(readText(root, file), file)
        ? []
        : [`${place}: differs from ${file}: run \`node tools/library-samples.mjs\``];
    }),
    ...listFiles(root, { under: [folder], extensions: ['.js'] })
      .filter((file) => !own.includes(path.basename(file)) && !shown.has(file))
      .map((file) => `${page}: does not show ${file}`),
  ];
}

function textOf(root) {
  return readFileSync(path.join(root, page), 'utf8');
}

/** The marked regions of a module, one after the other, each as if it stood at the margin. */
function sample(module, file) {
  const regions = [...module.matchAll(region)].map(([, margin, code]) =>
    code.replaceAll(new RegExp(`^${margin}`, 'gm'), ''),
  );
  if (regions.length === 0) throw new Error(`${file}: has no \`// #region docs\``);
  return regions.join('');
}
