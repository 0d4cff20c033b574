/** The example without a bundler: the package's files as they are, found by an import map. */
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { browserName } from '../e2e/support/browser.mjs';
import { exampleSettings, serveBuilt, startExampleWorld, walkThroughExample } from './support/example.mjs';
import { layOutProject } from './support/project.mjs';

describe(`the plain example (${browserName})`, () => {
  let world;
  let site;
  before(async () => {
    world = await startExampleWorld();
    const { folder } = await layOutProject('plain', {
      from: 'www/examples/plain',
      files: { 'settings.js': exampleSettings(world) },
    });
    site = await serveBuilt(world, folder, {
      roots: [
        { prefix: '/', directory: folder },
        { prefix: '/holdfast/', directory: path.join(folder, 'site/holdfast') },
      ],
    });
  });
  after(async () => {
    await site?.close();
    await world?.close();
  });

  walkThroughExample(it, () => world);
});
