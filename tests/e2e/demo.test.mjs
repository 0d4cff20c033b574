/**
 * The demo, as a person uses it: by its buttons, by the keyboard alone, and with an eye on accessibility. It runs with the
 * Content-Security-Policies that `npm start` sends.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { By, Key } from 'selenium-webdriver';
import { startDemo } from '../server/demo.mjs';
import { accessibilityProblems } from './support/accessibility.mjs';
import { browserName, openBrowser } from './support/browser.mjs';
import { initAssets, packageFolder } from './support/package.mjs';
import { freePort } from './support/program.mjs';
import { temporaryFolder } from './support/temporary.mjs';
import { waitFor, waitForElement } from './support/wait.mjs';
import { tokenRequests } from './support/world.mjs';

describe(`the demo (${browserName})`, () => {
  let assets;
  let demo;
  let browser;
  let driver;
  before(async () => {
    assets = await temporaryFolder();
    await initAssets(assets.path);
    demo = await startDemo({
      sitePort: await freePort(),
      issuerPort: 0,
      apiPort: 0,
      packageDirectory: packageFolder,
      assetsDirectory: assets.path,
      provider: { accessTokenSeconds: 3 },
    });
    browser = await openBrowser();
    driver = browser.driver;
  });
  after(async () => {
    await browser?.close();
    await demo?.close();
    await assets?.remove();
  });

  const part = (testId) => By.css(`[data-testid="${testId}"]`);
  const textOf = async (testId) => (await driver.findElement(part(testId))).getText();
  const until = (testId, pattern, options) =>
    waitFor(
      async () => pattern.test(await textOf(testId)) && textOf(testId),
      `${testId} to say ${pattern}`,
      options,
    );
  const session = () => driver.executeScript('return document.body?.dataset.session');
  const untilSession = (state) =>
    waitFor(async () => (await session()) === state, `the session to be ${state}`);
  const untilAt = (path) =>
    waitFor(async () => (await driver.getCurrentUrl()) === demo.origin + path, `to be at ${path}`);

  async function open(path) {
    await driver.get(demo.origin + path);
    await waitFor(async () => /^signed-/.test(await session()), 'the demo to be ready');
  }

  async function click(testId) {
    const button = await driver.findElement(part(testId));
    await waitFor(() => button.isDisplayed(), `${testId} to be shown`);
    await button.click();
  }

  async function signInAtTheServer(name) {
    const field = await waitForElement(driver, By.name('login'), "the server's form");
    await field.clear();
    await field.sendKeys(name);
    await driver.findElement(By.css('button[value="sign-in"]')).click();
    await untilSession('signed-in');
  }

  const refreshes = () => tokenRequests(demo.provider, 'refresh_token');

  /** What assistive technology needs, on the page as it is now. */
  async function assertAccessible(where) {
    const problems = await driver.executeScript(`return (${accessibilityProblems})()`);
    assert.deepEqual(problems, [], where);
  }

  it('opens signed out, and says so to whoever calls the API', async () => {
    await open('/');
    assert.equal(await session(), 'signed-out');
    await assertAccessible('signed out');
    await click('call-api');
    await until('notice', /login_required/);
    assert.deepEqual(demo.api.requests, []);
    await assertAccessible('with a notice');
  });

  it('has other places with addresses of their own, as accessible', async () => {
    for (const path of ['/notes', '/activity']) {
      await open(path);
      await assertAccessible(path);
    }
  });

  it('takes a note along to the server and back', async () => {
    await open('/notes');
    await driver.findElement(part('note')).sendKeys('Buy kelp');
    await click('sign-in');
    await waitForElement(driver, By.name('login'), "the server's form");
    await assertAccessible("the server's sign-in page");
    await signInAtTheServer('Ada Lovelace');
    await untilAt('/notes');
    const note = await driver.findElement(part('note'));
    assert.equal(await note.getAttribute('value'), 'Buy kelp');
    await click('send-note');
    await until('note-result', /word for word/);
  });

  it('knows the person', async () => {
    await driver.findElement(By.css('a[href="/"][data-link]')).click();
    await until('user-name', /^Ada Lovelace$/);
    await driver.findElement(By.css('summary')).click();
    const claims = await until('user-claims', /iss/);
    for (const claim of [demo.provider.issuer, 'ada.lovelace', 'holdfast-demo'])
      assert.ok(claims.includes(claim));
    await assertAccessible('signed in');
    const picture = await driver.findElement(By.id('user-picture'));
    await waitFor(() => driver.executeScript('return arguments[0].naturalWidth > 0', picture), 'the picture');
  });

  it('calls the API, and renews an expired token once', async () => {
    await click('call-api');
    await until('api-result', /^200[^]*ada\.lovelace/);
    await until('token-state', /expired/i);
    const before = refreshes().length;
    await click('call-api');
    await until('api-result', /after one renewal/);
    assert.equal(refreshes().length, before + 1);
    await until('token-state', /expired/i);
    await click('call-api-ten');
    await until('api-result', /10 of 10 .*one renewal/);
    assert.equal(refreshes().length, before + 2);
    await until('event-log', /renewed/);
  });

  it('downloads, uploads and listens', async () => {
    await click('download');
    await until('download-result', /^50\.0.MB in/, { timeoutMs: 30_000 });
    await click('upload');
    await until('upload-result', /every one as sent/, { timeoutMs: 30_000 });
    await click('events');
    await until('events-result', /2 of 30[^]*1 of 30/);
    await click('events');
    await until('events', /^Listen$/);
    await assertAccessible('after all of it');
  });

  it('finds nothing to steal in its own page', async () => {
    await driver.findElement(By.css('a[href="/activity"]')).click();
    await click('inspect');
    const findings = await until('findings', /IndexedDB/);
    assert.match(findings, /localStorage\s*empty/);
    assert.match(findings, /sessionStorage\s*empty/);
    assert.match(findings, /no entries/);
    assert.match(findings, /clean/);
  });

  it('signs out here only, and in again without a question', async () => {
    await driver.findElement(By.css('a[href="/"][data-link]')).click();
    await click('sign-out-local');
    await untilSession('signed-out');
    await click('sign-in');
    await untilSession('signed-in');
    await untilAt('/');
  });

  it('signs out at the server, too', async () => {
    await click('sign-out');
    const confirm = await waitForElement(driver, part('confirm-sign-out'), 'the question at the server');
    await assertAccessible("the server's sign-out page");
    await confirm.click();
    await waitFor(async () => (await driver.getCurrentUrl()).startsWith(demo.origin), 'to be back');
    await untilSession('signed-out');
    await untilAt('/');
  });

  it('shows a refusal, and lives on', async () => {
    await click('sign-in');
    await (await waitForElement(driver, part('cancel'), 'the cancel button')).click();
    await until('notice', /You chose not to sign in[^]*access_denied/);
    assert.equal(await session(), 'signed-out');
  });

  it('works by keyboard alone', async () => {
    await open('/');
    const press = (...keys) =>
      driver
        .actions()
        .sendKeys(...keys)
        .perform();
    const focused = () => driver.executeScript("return document.activeElement?.dataset.testid ?? ''");
    const tabTo = async (testId) => {
      for (let step = 0; step < 40; step += 1) {
        if ((await focused()) === testId) return;
        await press(Key.TAB);
      }
      assert.fail(`${testId} is out of reach of the Tab key`);
    };
    await tabTo('sign-in');
    await press(Key.ENTER);
    await waitForElement(driver, By.name('login'), "the server's form");
    // The field has the focus, as a person with a keyboard hopes.
    await waitFor(() => driver.executeScript("return document.activeElement?.name === 'login'"), 'the focus');
    await press(Key.ENTER);
    await untilSession('signed-in');
    await tabTo('call-api');
    await press(Key.SPACE);
    await until('api-result', /^200/);
  });

  it('broke no Content-Security-Policy on the way', async () => {
    const text = await browser.consoleText();
    assert.ok(!/content.security.policy/i.test(text), text);
  });
});

describe('the accessibility check', () => {
  let browser;
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser?.close());

  it('finds what is wrong', async () => {
    const html = `<h2>No h1</h2><h4>skipped</h4><p>outside</p><main><button></button><input><img src="data:,">
      <a href="/x" tabindex="3" id="twice">x</a><i id="twice" aria-labelledby="nobody"></i></main><main></main>`;
    await browser.driver.get(`data:text/html,${encodeURIComponent(html)}`);
    const problems = await browser.driver.executeScript(`return (${accessibilityProblems})()`);
    const expected = [
      'no language',
      'no title',
      '2 main',
      'one h1',
      'no h1',
      'skipped level',
      'outside of every',
    ];
    expected.push('nameless', 'without a label', 'without alt', 'above 0', 'is there twice', 'names nothing');
    for (const words of expected) {
      assert.ok(
        problems.some((problem) => problem.includes(words)),
        `${words}: ${problems.join('; ')}`,
      );
    }
  });
});
