/**
 * Script in the page knows the channel by which a popup gives its answer, the popup's window, and the vault's word for a
 * sign-in in a popup. What comes back is a code; the verifier, without which it is worth nothing, stays in the vault.
 */
import assert from 'node:assert/strict';
import { By } from 'selenium-webdriver';
import { describeAttacks } from './support/attacks.mjs';
import { popupThatGoes } from './support/popups.mjs';
import { waitFor } from './support/wait.mjs';
import { CLIENT_ID } from './support/world.mjs';

/** From now on the page hears nothing from popups; the attacker does, and sees where they are. */
const intercept = () => {
  const original = { open: window.open, BroadcastChannel: window.BroadcastChannel };
  const loot = { heard: [], seen: [], channels: [], original };
  window.__loot = loot;
  window.BroadcastChannel = class extends original.BroadcastChannel {
    constructor(name) {
      super(name);
      loot.channels.push(name);
      this.addEventListener('message', (event) => {
        event.stopImmediatePropagation();
        loot.heard.push(event.data);
        // As the page would, so that the popup does not go on alone.
        new original.BroadcastChannel(name).postMessage('taken');
      });
    }
  };
  window.open = (...given) => {
    const popup = original.open.apply(window, given);
    const look = () => {
      try {
        loot.seen.push(popup.location.href);
      } catch {
        // It is at the server.
      }
      if (popup && !popup.closed) setTimeout(look, 20);
    };
    look();
    return popup;
  };
};

/** What the attacker has got by one of its ways: the callback with the code. */
const taken = (way) => {
  const { heard, seen } = window.__loot;
  const urls = way === 'heard' ? heard.map((data) => data?.url) : seen;
  return urls.find((url) => /[?&]code=/.test(url)) ?? null;
};

/** Says in the page's place that all is well, and gives the page back what was taken from it. */
const release = (state) => {
  const { original } = window.__loot;
  new original.BroadcastChannel(`holdfast ${state}`).postMessage('done');
  Object.assign(window, original);
};

const until = (page, way) =>
  waitFor(() => page.run(taken, way), `the attacker to have ${way} a code`, { timeoutMs: 20_000 });

/** A verifier of the attacker's own. */
const GUESS = 'x'.repeat(43);

/** What the server makes of a code without the vault's verifier. */
const redeem = async ({ page, world }, url) => {
  const code = new URL(url).searchParams.get('code');
  const form = {
    grant_type: 'authorization_code',
    client_id: CLIENT_ID,
    redirect_uri: world.redirectUri,
    code,
  };
  const answers = await page.run(
    async (endpoint, form, guess) => {
      const answers = [];
      for (const more of [{}, { code_verifier: guess }]) {
        const body = new URLSearchParams({ ...form, ...more });
        const answer = await (await fetch(endpoint, { method: 'POST', body })).json();
        answers.push(answer.error ?? Object.keys(answer).join());
      }
      return [...new Set(answers)].join();
    },
    `${world.issuer}/token`,
    form,
    GUESS,
  );
  // It is no secret of the vault's.
  world.secrets.all.delete(GUESS);
  return answers;
};

/** The vault alone can use the code, and does so for whoever brings it. */
const handIn = ({ page }, url) =>
  page.run(
    (given) =>
      window.auth.handleRedirectCallback(given).then(
        ({ handled }) => (handled ? 'signed in' : 'ignored'),
        ({ code }) => code,
      ),
    url,
  );

const stateOf = (url) => new URL(url).searchParams.get('state');

/** A popup of the page's, whose answer the attacker gets in the page's place. */
async function robbed(scene, way) {
  const { page } = scene;
  await page.run(intercept);
  const popup = await popupThatGoes(page);
  const url = await until(page, way);
  const redeemed = await redeem(scene, url);
  await page.run(release, stateOf(url));
  await page.run(() => window.aborts[0].abort());
  await popup.outcome();
  await popup.gone();
  return `a code; redeemed: ${redeemed}; given to the vault: ${await handIn(scene, url)}`;
}

describeAttacks('the popup', (attack) => {
  attack('the answer of a popup, heard on its channel and kept from the page', (scene) =>
    robbed(scene, 'heard'),
  );

  attack('the answer of a popup, read in its window', (scene) => robbed(scene, 'seen'));

  attack('a popup of the attacker, by the word of the vault', async (scene) => {
    const { page } = scene;
    const { driver } = page;
    const windows = (await driver.getAllWindowHandles()).length;
    await page.run(intercept);
    const answer = await page.run(async () => {
      const { line, ask } = window.__attacker;
      const { value } = await ask(line(), { type: 'signIn', options: {}, popup: true });
      const button = document.createElement('button');
      button.id = 'attack';
      button.textContent = 'A prize';
      button.onclick = () => {
        new BroadcastChannel(`holdfast ${value.state}`);
        window.open(value.navigate, '', 'popup');
      };
      document.body.prepend(button);
      return value;
    });
    assert.deepEqual(Object.keys(answer).sort(), ['navigate', 'state']);
    await driver.findElement(By.id('attack')).click();
    const url = await until(page, 'heard');
    const redeemed = await redeem(scene, url);
    await page.run(release, answer.state);
    await waitFor(
      async () => (await driver.getAllWindowHandles()).length === windows,
      'the popup to be closed',
    );
    return `a code; redeemed: ${redeemed}; given to the vault: ${await handIn(scene, url)}`;
  });

  attack('a forged answer to a popup, and the code of another one', async (scene) => {
    const { page } = scene;
    const words = [];
    let code = 'forged';
    for (const place of [0, 1]) {
      await page.run(intercept);
      const popup = await popupThatGoes(page);
      const real = await until(page, 'heard');
      const forged = new URL(real);
      forged.searchParams.set('code', code);
      // The one of the first popup belongs to another verifier than that of the second.
      code = new URL(real).searchParams.get('code');
      words.push(await handIn(scene, forged.href), await handIn(scene, real));
      await page.run(release, stateOf(real));
      await page.run((given) => window.aborts[given].abort(), place);
      await popup.outcome(place);
      await popup.gone();
    }
    return words.join(', ');
  });
});
