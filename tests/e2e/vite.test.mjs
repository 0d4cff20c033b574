/**
 * The package in an app that Vite builds, and in one without a bundler; with the worker file in the app's own folder
 * (`assetsUrl`), and where the bundler put it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AppPage } from './support/app-page.mjs';
import { browserName } from './support/browser.mjs';
import { freePort } from './support/program.mjs';
import { startViteApp } from './support/vite-app.mjs';
import { startWorld } from './support/world.mjs';

describe(`in other apps (${browserName})`, () => {
  let world;
  let driver;
  let vite;
  const origins = {};
  before(async () => {
    const [developmentPort, productionPort] = [await freePort(), await freePort()];
    origins.development = `http://localhost:${developmentPort}`;
    origins.production = `http://localhost:${productionPort}`;
    world = await startWorld({ moreOrigins: [origins.development, origins.production] });
    origins.plain = world.siteOrigin;
    vite = await startViteApp({ developmentPort, productionPort, workerCsp: world.workerCsp });
    ({ driver } = await world.openPage());
  });
  after(async () => {
    await world?.close();
    await vite?.close();
  });

  const APPS = [
    ["Vite's production build, with assetsUrl", 'production', { assetsUrl: '/holdfast/' }],
    ["Vite's production build, without assetsUrl", 'production', { assetsUrl: undefined }],
    ["Vite's production build, without assetsUrl, dedicated", 'production', { assetsUrl: undefined, host: 'dedicated' }],
    ["Vite's development server, with assetsUrl", 'development', { assetsUrl: '/holdfast/' }],
    ["Vite's development server, without assetsUrl", 'development', { assetsUrl: undefined }],
    ["Vite's development server, without assetsUrl, dedicated", 'development', { assetsUrl: undefined, host: 'dedicated' }],
    ['no bundler, without assetsUrl', 'plain', { assetsUrl: undefined }],
    ['no bundler, without assetsUrl, dedicated', 'plain', { assetsUrl: undefined, host: 'dedicated' }],
  ]; // prettier-ignore

  for (const [what, where, more] of APPS) {
    it(what, async () => {
      const siteOrigin = origins[where];
      const redirectUri = `${siteOrigin}/callback`;
      const page = new AppPage(driver, { issuer: world.issuer, siteOrigin, redirectUri });
      await page.forgetServerSession();
      await page.open('/');
      await page.useOptions(
        world.options({ redirectUri, postLogoutRedirectUri: `${siteOrigin}/`, ...more }),
        '/',
      );
      await page.open('/deep/place?tab=1');
      assert.equal((await page.seen()).error, null);
      const { askedForCredentials } = await page.signIn();
      assert.ok(askedForCredentials);
      assert.equal((await page.seen()).url, `${siteOrigin}/deep/place?tab=1`);
      const { status, body } = await page.run(async (url) => {
        const response = await window.auth.fetch(url);
        return { status: response.status, body: await response.json() };
      }, `${world.apiOrigin}/me`);
      assert.equal(status, 200);
      assert.equal(body.subject, 'ada.lovelace');
      assert.equal(world.api.requests.at(-1).authorization, 'valid');
      await page.run(() => window.auth.logout({ localOnly: true }));
    });
  }
});
