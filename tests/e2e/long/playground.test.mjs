/**
 * The demo's playground, as a person uses it: profiles and faults are chosen while it runs, and the timeline shows who holds what
 * and every request with what became of it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { By } from 'selenium-webdriver';
import { accessibilityProblems } from '../support/accessibility.mjs';
import { axeViolations, showDark } from '../support/axe.mjs';
import { browserName } from '../support/browser.mjs';
import { openDemo, part } from '../support/demo-page.mjs';
import { recordSecrets } from '../support/secrets.mjs';
import { waitFor } from '../support/wait.mjs';
import { tokenRequests } from '../support/world.mjs';

describe(`the playground (${browserName})`, () => {
  let page;
  let demo;
  let driver;
  let secrets;
  before(async () => {
    page = await openDemo({ provider: { accessTokenSeconds: 3 } });
    ({ demo } = page);
    ({ driver } = page.browser);
    secrets = recordSecrets(demo.provider.issuer);
  });
  after(async () => {
    secrets?.stop();
    await page?.close();
  });

  const refreshes = () => tokenRequests(demo.provider, 'refresh_token');
  const statuses = (from) =>
    refreshes()
      .slice(from)
      .map(({ status }) => status);
  const holds = (place, pattern) => page.until(`holds-${place}`, pattern);

  /** The steps that the timeline shows, in words. */
  async function steps() {
    const words = await driver.executeScript(
      `return [...document.querySelectorAll('#timeline > li .step-text')].map((step) => step.innerText)`,
    );
    return words.map((step) => step.replace(/\s+/g, ' ').trim());
  }

  /** Waits until the timeline shows such steps, one after another, others between them. */
  function untilSteps(...patterns) {
    let seen = [];
    return waitFor(
      async () => {
        seen = await steps();
        let next = 0;
        for (const step of seen) if (patterns[next]?.test(step)) next += 1;
        return next === patterns.length && seen;
      },
      `the timeline to show ${patterns.join(', then ')}`,
    ).catch((error) => {
      throw new Error(`${error.message}; it shows:\n${seen.join('\n')}`, { cause: error });
    });
  }

  async function choose(testId, value) {
    const before = await driver.findElement(By.css('html'));
    await driver.findElement(By.css(`[data-testid="${testId}"] option[value="${value}"]`)).click();
    // What is chosen is an option of the client: the page loads anew, and signs in by itself.
    await waitFor(
      () =>
        before.getTagName().then(
          () => false,
          () => true,
        ),
      'the page to load anew',
    );
    await page.untilSession('signed-in');
    await waitFor(async () => (await chosen(testId)) === value, `${value} to be chosen`);
  }
  const chosen = (testId) => driver.findElement(part(testId)).getProperty('value');
  const isPressed = async (testId) =>
    (await driver.findElement(part(testId)).getAttribute('aria-pressed')) === 'true';

  async function clear() {
    await page.click('timeline-clear');
    await waitFor(async () => (await steps()).length === 0, 'the timeline to be empty');
  }

  it('shows a sign-in, and who holds what then', async () => {
    await page.open('/playground');
    await driver.findElement(By.css('.bench [data-action="sign-in"]')).click();
    await page.signInAtTheServer('Ada Lovelace');
    await page.untilAt('/playground');
    await untilSteps(/^Sign-in page/, /^Code for tokens → A1, R1 200/);
    await holds('page', /^no token$/);
    await holds('vault', /^A1[^]*R1$/);
    await holds('server', /^R1 good$/);
    await page.click('deed-ten');
    await untilSteps(/^GET \/time ×10 with A1 200/);
    await holds('api', /^A1 seen$/);
  });

  it('shows a refresh whose answer is lost, its retry, and the rule', async () => {
    const before = refreshes().length;
    await page.click('fault-lose-answer');
    await waitFor(() => isPressed('fault-lose-answer'), 'the fault to be on');
    await holds('vault', /^A1 run out/);
    await page.click('deed-call');
    await untilSteps(
      /^Lost answer/,
      /^Needs a new access token Because the access token has run out\. Rule 2/,
      /^Refresh R1 → \(A2, R2\).* answer lost .*R2 went to nobody\. .* Rule 5/,
      /^Refresh R1 → A2, R2.* 200 Within its grace period .* Rule 5/,
      /^GET \/time with A2 200/,
    );
    assert.deepEqual(statuses(before), [0, 200]);
    assert.equal(await isPressed('fault-lose-answer'), false, 'it was for one refresh');
    await holds('server', /^R2 good\s*R1 in grace$/);
    assert.match(await page.textOf('deed-result'), /^200/);
  });

  it('says all facts of a step on request, and marks what it sends by digests', async () => {
    const [step] = await driver.findElements(By.xpath('//button[@class="step"][contains(., "answer lost")]'));
    await step.click();
    assert.equal(await step.getAttribute('aria-expanded'), 'true');
    const facts = await driver.findElement(By.id(await step.getAttribute('aria-controls')));
    const words = await facts.getText();
    assert.match(words, /Status\s*none: the connection died/);
    assert.match(words, /Sent\s*R1 \(digest [0-9a-f]{8} …\)/);
    assert.match(words, /Would have brought\s*A2 [^]*R2 /);
    await step.click();
    assert.equal(await step.getAttribute('aria-expanded'), 'false');
  });

  it('keeps a session through an outage that is switched on and off', async () => {
    await clear();
    await holds('vault', /run out/);
    await page.click('fault-unavailable');
    await waitFor(() => isPressed('fault-unavailable'), 'the fault to be on');
    const before = refreshes().length;
    await page.click('deed-call');
    await untilSteps(
      /^503: on/,
      /^Refresh with R2 .*503 .*The token is kept, and the next try waits\. Rule 4/,
      /^Waits \d\.\d s before it tries again server_unavailable Rule 4/,
    );
    await page.click('fault-unavailable');
    await untilSteps(/^503: off/, /^Refresh R2 → A3, R3.* 200/, /^GET \/time with A3 200/);
    assert.equal(statuses(before).at(-1), 200);
    assert.equal(await isPressed('fault-unavailable'), false);
  });

  it('lets the API’s clock be fast, which costs a refresh and no call', async () => {
    await clear();
    await page.click('fault-clock');
    await waitFor(() => isPressed('fault-clock'), 'the fault to be on');
    await page.click('deed-keep-calling');
    await untilSteps(/^GET \/time with A\d+ 401 .*Rule 7/, /^Refresh .* 200/, /^GET \/time with A\d+ 200/);
    await page.click('deed-keep-calling');
    await page.click('fault-clock');
    assert.equal(await page.session(), 'signed-in');
  });

  it('takes a step-up to the server and back', async () => {
    await clear();
    await page.click('deed-step-up');
    await page.until('deed-result', /wants a newer sign-in/);
    await untilSteps(/^GET \/step-up with A\d+ 401 .*No refresh can help/);
    await page.click('deed-sign-in-anew');
    await page.signInAtTheServer('Ada Lovelace');
    await page.until('deed-result', /^200: the sign-in is new enough/);
    await untilSteps(/^Sign-in page .*A step-up/, /^Code for tokens .* 200/, /^GET \/step-up with A\d+ 200/);
  });

  it('shows the same in a second tab', async () => {
    const first = await driver.getWindowHandle();
    const shown = (await steps()).filter((step) => step.startsWith('Code for tokens')).length;
    await page.click('second-tab');
    const second = await waitFor(
      async () => (await driver.getAllWindowHandles()).find((handle) => handle !== first),
      'a second tab',
    );
    await driver.switchTo().window(second);
    await page.untilSession('signed-in');
    await page.click('deed-call');
    const there = await untilSteps(/^Code for tokens/, /^GET \/time with A\d+ 200/);
    assert.ok(there.filter((step) => step.startsWith('Code for tokens')).length >= shown);
    await driver.close();
    await driver.switchTo().window(first);
    await untilSteps(/^Code for tokens/, /^GET \/time with A\d+ 200/);
  });

  it('takes on another server’s behaviour: no grace period, and a 403 for a dead token', async () => {
    await choose('profile', 'auth0');
    await page.until('profile-summary', /no grace by default/);
    await clear();
    const [, generation] = /R(\d+)/.exec(await holds('vault', /^A\d+[^]*R\d+/));
    await page.click('fault-lose-answer');
    await holds('vault', /run out/);
    await page.click('deed-call');
    await page.untilSession('signed-out');
    await untilSteps(
      new RegExp(`^Refresh R${generation} → .* answer lost`),
      new RegExp(`^Refresh with R${generation}.* 403 invalid_grant .*the session is over\\. Rule 4`),
    );
    await holds('vault', /^nothing$/);
    await holds('server', /^no token good$/);
    const facts = await driver.findElement(By.css('.bench details'));
    await facts.findElement(By.css('summary')).click();
    const table = await facts.getText();
    assert.match(table, /A dead token gets\s*403 invalid_grant\s*community\.auth0\.com/);
  });

  it('hands a session over by the escrow at a reload', async () => {
    // The notice that says so has the way back in.
    await driver.findElement(By.css('.notice-actions button')).click();
    await page.untilSession('signed-in');
    await choose('host', 'dedicated');
    const [refreshToken] = /R\d+/.exec(await holds('vault', /^A\d+[^]*R\d+/));
    await holds('escrow', new RegExp(`^${refreshToken} copy`));
    const requests = demo.provider.tokenRequests.length;
    await clear();
    await page.click('deed-reload');
    await untilSteps(
      /^A page opens Its vault is a worker of this tab’s own/,
      /^Asks the escrow for a session there is one/,
      /^The session is handed over From memory to memory; the server is not asked/,
      /^Deposits the session/,
    );
    await page.untilSession('signed-in');
    await holds('vault', new RegExp(`^A\\d+[^]*${refreshToken}$`));
    assert.equal(demo.provider.tokenRequests.length, requests);
  });

  it('is over when the server says so', async () => {
    await clear();
    await page.click('fault-revoke');
    await page.click('deed-call');
    await page.untilSession('signed-out');
    await untilSteps(/^Session revoked/, /^Refresh with R\d+.* 403 invalid_grant .*Rule 4/);
  });

  it('has told no token to any page', async () => {
    const told = JSON.stringify(demo.record.entries);
    const known = [...secrets.all.keys()];
    assert.ok(known.length > 10 && told.length > 1000);
    for (const secret of known) assert.equal(told.includes(secret), false, secrets.all.get(secret));
  });

  it('is for its own page only', async () => {
    for (const path of ['fault/offline/on', 'profile/entra', 'tell']) {
      const ask = (headers) => fetch(`${demo.origin}/demo/${path}`, { method: 'POST', headers, body: '[]' });
      assert.equal((await ask({})).status, 403, path);
      assert.equal((await ask({ origin: 'http://localhost:1' })).status, 403, path);
    }
    assert.deepEqual(demo.provider.faults, []);
    assert.equal(await chosen('profile'), 'auth0');
  });

  it('takes from a page plain facts only', async () => {
    const tell = (lines) =>
      fetch(`${demo.origin}/demo/tell`, {
        method: 'POST',
        headers: { origin: demo.origin },
        body: JSON.stringify(lines),
      });
    const before = demo.record.entries.at(-1).id;
    const line = {
      time: Date.now(),
      event: 'vault_started',
      from: 'vault',
      deep: { a: 1 },
      long: 'x'.repeat(999),
    };
    for (const lines of [[line, line], [line], {}, [{ event: 'no time' }], [null]]) {
      assert.equal((await tell(lines)).status, 200);
    }
    const added = demo.record.entries.filter(({ id }) => id > before);
    assert.equal(added.length, 1, 'what the vault says comes from each of its pages');
    assert.equal('deep' in added[0] || 'long' in added[0], false);
  });

  for (const colours of ['light', 'dark']) {
    it(`is accessible in ${colours} colours, on a desk and on a phone`, async () => {
      await page.open('/playground');
      await untilSteps(/^Refresh/);
      if (colours === 'dark') await showDark(driver);
      await driver.findElement(By.css('#legend summary')).click();
      for (const width of [1280, 360]) {
        await driver.manage().window().setRect({ width, height: 1000, x: 0, y: 0 });
        const where = `${colours}, ${width}`;
        assert.deepEqual(await axeViolations(driver), [], where);
        assert.deepEqual(await driver.executeScript(`return (${accessibilityProblems})()`), [], where);
        const [content, window] = await driver.executeScript(
          'return [document.documentElement.scrollWidth, document.documentElement.clientWidth]',
        );
        assert.ok(content <= window, `${where}: ${content} px of content in ${window} px`);
      }
    });
  }

  it('broke no Content-Security-Policy on the way, and said nothing in the console', async () => {
    const lines = (await page.browser.consoleText()).split('\n');
    const ours = (line) => line.includes(demo.origin) || /content.security.policy/i.test(line);
    assert.deepEqual(lines.filter(ours), []);
    assert.deepEqual(demo.cspReports, []);
  });
});
