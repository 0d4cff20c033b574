/**
 * The documentation site, built as it would be published and opened in a browser: nothing comes from another host, the
 * search finds what people look for, and it reads well in light, in dark and on a phone.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { By, Key } from 'selenium-webdriver';
import { Command } from 'selenium-webdriver/lib/command.js';
import { assemble, buildSite } from '../../tools/lib/docs-site.mjs';
import { browserName, openBrowser } from '../e2e/support/browser.mjs';
import { waitFor, waitForElement } from '../e2e/support/wait.mjs';
import { startSite } from '../server/site.mjs';

const require = createRequire(import.meta.url);
const base = '/docs/';
// This origin, and nothing else. VitePress sets styles of elements.
const policy =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; report-uri /csp-reports";
const looks = {
  light: { width: 1280, appearance: 'light' },
  dark: { width: 1280, appearance: 'dark' },
  'light, on a phone': { width: 390, appearance: 'light' },
  'dark, on a phone': { width: 390, appearance: 'dark' },
};
/** One of each kind: home, prose, wide tables, code, and what is generated. */
const examined = [
  '',
  'getting-started.html',
  'signed-out.html',
  'migrating/oidc-client-ts.html',
  'reference/errors.html',
  'reference/client.html',
];

describe(`the documentation site (${browserName})`, () => {
  let folder;
  let site;
  let browser;
  const reports = [];
  before(async () => {
    folder = await buildSite({ base });
    site = await startSite({
      port: 0,
      roots: [{ prefix: base, directory: folder }],
      pageCsp: policy,
      onCspReport: (report) => reports.push(report),
    });
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await site?.close();
  });

  const url = (page) => site.origin + base + page;
  const htmlFiles = () =>
    readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('.html') && file !== '404.html');

  async function open(page) {
    await browser.driver.get(url(page));
    await browser.driver.executeAsyncScript((done) => {
      const isReady = () => document.querySelector('#app')?.__vue_app__ && document.fonts.status === 'loaded';
      const look = () => (isReady() ? done() : requestAnimationFrame(look));
      look();
    });
  }

  async function look({ width, appearance }) {
    await open('');
    await resize(browser.driver, width);
    await browser.driver.executeScript(
      (to) => localStorage.setItem('vitepress-theme-appearance', to),
      appearance,
    );
  }

  it('has a page for each source, and all that they link to', () => {
    const made = Object.keys(assemble().pages).map((page) => page.replace(/\.md$/, '.html'));
    assert.deepEqual(htmlFiles().sort(), made.sort());
    assert.deepEqual(brokenLinks(folder, htmlFiles()), []);
  });

  it('opens with its name, and the way in', async () => {
    await open('');
    assert.match(await browser.driver.getTitle(), /holdfast/);
    await (await waitForElement(browser.driver, By.linkText('Getting started'), 'the way in')).click();
    await waitFor(
      async () => (await browser.driver.getCurrentUrl()) === url('getting-started.html'),
      'the page',
    );
  });

  it('finds a page by a word in it', async () => {
    await open('');
    const { driver } = browser;
    await (await waitForElement(driver, By.css('.VPNavBarSearch button'), 'the search')).click();
    const field = await waitForElement(driver, By.css('#localsearch-input'), "the search's field");
    await field.sendKeys('lost_refresh');
    const found = () => driver.findElements(By.css('.VPLocalSearchBox .result'));
    await waitFor(async () => (await found()).length > 0, 'results');
    const links = await Promise.all((await found()).map((result) => result.getAttribute('href')));
    assert.ok(
      links.some((link) => link.startsWith(url('signed-out.html'))),
      links.join('\n'),
    );
    await field.sendKeys(Key.ENTER);
    await waitFor(async () => (await driver.getCurrentUrl()) !== url(''), 'the page that was found');
  });

  for (const [name, settings] of Object.entries(looks)) {
    it(`can be read by everybody: ${name}`, async () => {
      await look(settings);
      const problems = [];
      for (const page of examined) {
        await open(page);
        problems.push(
          ...(await violations(browser.driver)).map((problem) => `${page || 'home'}: ${problem}`),
        );
      }
      assert.deepEqual(problems, []);
    });
  }

  it('has no page that is wider than a phone', async () => {
    await look(looks['light, on a phone']);
    const wide = [];
    for (const page of htmlFiles()) {
      await open(page);
      const [content, width] = await browser.driver.executeScript(() => [
        document.documentElement.scrollWidth,
        innerWidth,
      ]);
      // A phone zooms out where a page is too wide, and the window grows with it.
      if (content > width || (browserName === 'chromium' && width > looks['light, on a phone'].width))
        wide.push(`${page}: ${content} of ${width} pixels`);
    }
    assert.deepEqual(wide, []);
  });

  it('asked no other host for anything, and has nothing to complain of', async () => {
    assert.deepEqual(reports, []);
    // Firefox tells of troubles of its own, too.
    const complaints = (await browser.consoleText()).split('\n').filter((line) => line.includes(site.origin));
    assert.deepEqual(complaints, []);
  });
});

/** Links of the built pages that lead to no file of the site, or to no element of it. */
function brokenLinks(folder, files) {
  const texts = new Map(files.map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]));
  return files.flatMap((file) =>
    [
      ...texts.get(file).matchAll(/<(?:a|link|img|script|source)\b[^>]*?\s(?:href|src|srcset)="([^"]*)"/g),
    ].flatMap(([, target]) => {
      const url = new URL(target.replaceAll('&amp;', '&'), `https://site.invalid${base}${file}`);
      if (url.host !== 'site.invalid') return [];
      if (!url.pathname.startsWith(base)) return [`${file}: ${target}: outside of the site`];
      const to = decodeURIComponent(url.pathname.slice(base.length)) || 'index.html';
      if (!existsSync(path.join(folder, to))) return [`${file}: ${target}: no such file`];
      const anchor = decodeURIComponent(url.hash.slice(1));
      if (!anchor || !texts.has(to)) return [];
      const has = texts.get(to).includes(` id="${anchor}"`);
      return has ? [] : [`${file}: ${target}: no such place`];
    }),
  );
}

/** Chromium's windows are never as narrow as a phone, but its pages may be. */
async function resize(driver, width) {
  if (browserName !== 'chromium') return driver.manage().window().setRect({ width, height: 900 });
  driver.getExecutor().defineCommand('cdp', 'POST', '/session/:sessionId/goog/cdp/execute');
  const params = { width, height: 900, deviceScaleFactor: 1, mobile: width < 500 };
  await driver.execute(
    new Command('cdp')
      .setParameter('cmd', 'Emulation.setDeviceMetricsOverride')
      .setParameter('params', params),
  );
}

/** What axe-core finds on the page. Run in a world of WebDriver's, so the page's policy does not matter. */
async function violations(driver) {
  await driver.executeScript(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  return driver.executeAsyncScript((done) => {
    window.axe.run(document).then(
      ({ violations: found }) =>
        done(
          found.flatMap(({ id, nodes }) =>
            nodes.map(({ target, failureSummary }) => `${id}: ${target}: ${failureSummary}`),
          ),
        ),
      (error) => done([String(error)]),
    );
  });
}
