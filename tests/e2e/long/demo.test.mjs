/**
 * The demo, as a person uses it: by its buttons, by the keyboard alone, and with an eye on accessibility. It runs with the
 * Content-Security-Policies that `npm start` sends.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { By, Key } from 'selenium-webdriver';
import { accessibilityProblems } from '../support/accessibility.mjs';
import { browserName, openBrowser } from '../support/browser.mjs';
import { openDemo, part } from '../support/demo-page.mjs';
import { waitFor, waitForElement } from '../support/wait.mjs';
import { tokenRequests } from '../support/world.mjs';

// Long enough for calls to fail: a call waits for about seven seconds before it gives up.
const OUTAGE_SECONDS = 12;

describe(`the demo (${browserName})`, () => {
  let demo;
  let browser;
  let driver;
  let close;
  let page;
  before(async () => {
    page = await openDemo({ outageSeconds: OUTAGE_SECONDS, provider: { accessTokenSeconds: 3 } });
    ({ demo, browser, close } = page);
    ({ driver } = browser);
  });
  after(() => close?.());

  const textOf = (...given) => page.textOf(...given);
  const until = (...given) => page.until(...given);
  const session = () => page.session();
  const untilSession = (state) => page.untilSession(state);
  const untilAt = (path) => page.untilAt(path);
  const open = (path) => page.open(path);
  const click = (testId) => page.click(testId);
  const signInAtTheServer = (name) => page.signInAtTheServer(name);
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
    for (const path of ['/playground', '/notes', '/activity']) {
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

  it('holds when the answer to a refresh is lost', async () => {
    const answered = refreshes().filter(({ status }) => status === 200).length;
    await click('lose-response');
    await until('lose-result', /^It held: 1 answer lost, 1 received; .*still signed in/);
    const statuses = refreshes().map(({ status }) => status);
    assert.deepEqual(statuses.slice(-2), [0, 200]);
    assert.equal(statuses.filter((status) => status === 200).length, answered + 1);
    await until('event-log', /answered in .* all the same[^]*will be lost/);
    assert.equal(await textOf('notice'), '');
    assert.equal(await session(), 'signed-in');
  });

  it('holds while the server is down, and goes on when it is back', async () => {
    const before = refreshes().length;
    await click('server-down');
    await until('down-timer', /^Back in \d+.s$/);
    await assertAccessible('while the server is down');
    await until('down-result', /failed, and may be tried again: 1 .server_unavailable.*still signed in/, {
      timeoutMs: 20_000,
    });
    assert.equal(await session(), 'signed-in');
    const outcome = await until('down-result', /^It held/, { timeoutMs: 30_000 });
    assert.match(outcome, /[1-9]\d* tries in vain, then one renewal\. .* failed: [1-9].*still signed in/);
    const statuses = refreshes()
      .slice(before)
      .map(({ status }) => status);
    assert.deepEqual(statuses, [...Array(statuses.length - 1).fill(503), 200]);
    assert.ok(statuses.length <= 8, `${statuses.length} requests`);
  });

  it('lets nobody else break its server', async () => {
    const { faults } = demo.provider;
    const ask = (headers) => fetch(`${demo.origin}/faults/server-down`, { method: 'POST', headers });
    assert.equal((await ask({})).status, 403);
    assert.equal((await ask({ origin: 'http://localhost:1' })).status, 403);
    assert.equal((await fetch(`${demo.origin}/faults/server-down`)).status, 404);
    assert.deepEqual(faults, []);
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

  it('binds its tokens to a key, or does not, as its switch says', async () => {
    for (const [state, scheme] of [
      [/^On/, 'dpop'],
      [/^Off/, 'bearer'],
      [/^On/, 'dpop'],
    ]) {
      await until('dpop-state', state);
      // The page knows its switch before it knows whether somebody is signed in.
      const known = () => session().then((now) => /^signed-/.test(now) && now);
      if ((await waitFor(known, 'the session to be known')) === 'signed-out') await click('sign-in');
      await untilSession('signed-in');
      const calls = demo.api.requests.length;
      await click('call-api');
      const answered = () => demo.api.requests.slice(calls).find(({ status }) => status === 200);
      const call = await waitFor(answered, 'a call to be answered');
      assert.equal(call.scheme, scheme);
      await assertAccessible(`with ${scheme}`);
      await click('dpop');
      await untilSession('signed-out');
    }
    // The page of before says that nobody is signed in, too, on its way out.
    await until('dpop-state', /^Off/);
    await click('dpop');
    await until('dpop-state', /^On/);
    await untilSession('signed-out');
    await click('sign-in');
    await untilSession('signed-in');
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
    assert.deepEqual(demo.cspReports, []);
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
