/**
 * Attacks on a page with somebody signed in, each with a row in tests/vectors/confinement.json, which says what happens in
 * which browser. docs/confinement.md shows the rows.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { attackRows, happensIn, vectors } from '../../../tools/lib/attack-rows.mjs';
import { root } from '../../../tools/lib/paths.mjs';
import { browserName } from './browser.mjs';
import { findLeaks } from './leaks.mjs';
import { startListener } from './listener.mjs';
import { startWorld } from './world.mjs';

/** What the row says of this browser and kind of vault. */
function expected(test, host) {
  const row = attackRows(root).find((each) => each.test === test);
  assert.ok(row, `${vectors} has no row for "${test}"`);
  return happensIn(row, browserName, host);
}

/**
 * Describes attacks for each kind of vault. `define` gets `attack(name, perform)` and the scene; `perform` answers what
 * happened, in the words of the row.
 */
export function describeAttacks(title, define, { hosts = ['shared', 'dedicated'], ...settings } = {}) {
  for (const host of hosts) {
    describe(`${title}: a ${host} vault (${browserName})`, () => {
      const scene = new Scene(host);
      before(() => scene.begin(settings));
      after(() => scene.end());
      const attack = (name, perform, { endsSession = false, isTheft = false } = {}) =>
        it(name, async () => {
          await scene.signIn();
          const happened = await perform(scene);
          if (!isTheft) await scene.assertNothingStolen();
          assert.equal(happened, expected(name, host));
          if (!endsSession) assert.equal(await scene.call(), 200, 'the app works as before');
        });
      define(attack, scene);
    });
  }
}

class Scene {
  constructor(host) {
    this.host = host;
  }

  async begin({ page = '/attacked.html', isSeen = true, browser, ...settings }) {
    this.isSeen = isSeen;
    this.attacker = await startListener({ answersAtOnce: true });
    this.world = await startWorld({
      page,
      // The worker's policy lets requests to the attacker pass: it is not what stops them here.
      moreApis: [this.attacker.origin],
      ...settings,
      provider: { accessTokenSeconds: 600, ...settings.provider },
    });
    this.page = await this.world.openPage(browser);
  }

  async end() {
    await this.world?.close();
    await this.attacker?.close();
  }

  options(more) {
    return this.world.options({ host: this.host, ...more });
  }

  /** A page with somebody signed in. */
  async signIn() {
    const { page } = this;
    // A vault that went to the back/forward cache would keep its session, and leave it in the middle of an attack.
    if (this.wasOpened) await page.run(() => window.auth?.close());
    this.wasOpened = true;
    await page.useOptions(this.options());
    await page.open('/start');
    if (!(await page.run(() => window.auth.checkSession()))) await page.signIn();
  }

  /** The status of a call of the app's. */
  call() {
    return this.page.run(
      (url) =>
        window.auth.fetch(url).then(
          ({ status }) => status,
          ({ code, name }) => code ?? name,
        ),
      `${this.world.apiOrigin}/me`,
    );
  }

  /** Nothing that script in the page has seen, and nothing that the attacker's server got, is a secret. */
  async assertNothingStolen() {
    const records = this.isSeen ? await this.page.run(look) : [];
    const arrived = this.attacker.requests.map(({ method, path, headers }) => ({ method, path, headers }));
    records.push({ where: "the attacker's server", text: JSON.stringify(arrived) });
    const leaks = findLeaks(records, this.world.secrets.all);
    assert.deepEqual(
      [...new Set(leaks.map(({ kind, where, excerpt }) => `${kind} in "${where}": ${excerpt}`))],
      [],
    );
    assert.ok(!JSON.stringify(arrived).includes('authorization'), 'no header with a token went there');
  }
}

async function look() {
  // An attack that listens to everything would listen to this, too.
  window.__isOver = true;
  await window.__probe.dump('after the attack');
  return window.__probe.take();
}
