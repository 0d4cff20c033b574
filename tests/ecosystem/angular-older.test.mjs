/**
 * The Angular example with the versions before its own: compiled, type-checked and walked through. One of them a day,
 * and all where HOLDFAST_ECOSYSTEM is `all`.
 */
import { after, before, describe, it } from 'node:test';
import { browserName } from '../e2e/support/browser.mjs';
import { layOutAngular, versionsOfToday } from './support/angular.mjs';
import { serveBuilt, startExampleWorld, walkThroughExample } from './support/example.mjs';

for (const version of versionsOfToday()) {
  describe(`the example with Angular ${version} (${browserName})`, () => {
    let world;
    let site;
    before(async () => {
      world = await startExampleWorld();
      const project = await layOutAngular(`angular-${version}`, world, version);
      await project.build();
      site = await serveBuilt(world, project.output);
    });
    after(async () => {
      await site?.close();
      await world?.close();
    });

    walkThroughExample(it, () => world);
  });
}
