/**
 * What a page of the documentation shows of an example app is that app's file, which a test builds and runs. The block
 * comes after a mark, and begins with the file's name in the app:
 *
 *   <!-- www/examples/react/src/auth.ts -->
 *
 *   ```ts
 *   // src/auth.ts
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { lineAt, listFiles, readText } from './files.mjs';

const marked = /<!-- (www\/examples\/[\w-]+\/(.+?)) -->\n\n(`{3,})(\w+)\n([^]*?)\n\3(?=\n|$)/g;

/** The pages that may show something. */
export function samplePages(root) {
  return listFiles(root, { under: ['docs'], extensions: ['.md'] });
}

/** A page's text with each block as it should be. */
export function textWithSamples(root, page) {
  return readText(root, page).replace(marked, (whole, file, name, fence, language) =>
    existsSync(path.join(root, file))
      ? `<!-- ${file} -->\n\n${fence}${language}\n${sample(root, file, name)}\n${fence}`
      : whole,
  );
}

/** One line for each block that is another than its file. */
export function exampleSampleProblems(root) {
  return samplePages(root).flatMap((page) => {
    const text = readText(root, page);
    return [...text.matchAll(marked)].flatMap(({ index, 1: file, 2: name, 5: code }) => {
      const place = `${page}:${lineAt(text, index)}`;
      if (!existsSync(path.join(root, file))) return [`${place}: ${file} does not exist`];
      return code === sample(root, file, name)
        ? []
        : [`${place}: differs from ${file}: run \`node tools/example-samples.mjs\``];
    });
  });
}

function sample(root, file, name) {
  const comment = /\.(?:vue|html)$/.test(name) ? `<!-- ${name} -->` : `// ${name}`;
  return `${comment}\n${readText(root, file).trimEnd()}`;
}
