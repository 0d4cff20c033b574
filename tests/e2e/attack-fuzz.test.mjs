/**
 * Messages of every shape and in any number: the vault refuses what is none, crashes of nothing, and serves the app
 * afterwards as before. `HOLDFAST_FUZZ_SEED` repeats a run.
 */
import assert from 'node:assert/strict';
import { describeAttacks } from './support/attacks.mjs';
import { findLeaks } from './support/leaks.mjs';

const MESSAGES = 100_000;
const FLOOD = 10_000;
const seed = Number(process.env.HOLDFAST_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32));

describeAttacks(
  'messages in great number',
  (attack, scene) => {
    const assertAlive = async () => {
      const { events, errors } = await scene.page.run(() => ({
        events: window.e2e.events.filter(({ type }) => type === 'error'),
        errors: window.__attacker.errors,
      }));
      assert.deepEqual(events, []);
      assert.deepEqual(errors, [], 'nothing is thrown out of a message handler');
    };

    attack('malformed messages of every type, 100,000', async ({ page, world, attacker }) => {
      console.log(`HOLDFAST_FUZZ_SEED=${seed}`);
      await page.driver.manage().setTimeouts({ script: 240_000 });
      const urls = [
        `${attacker.origin}/`,
        `${world.redirectUri}?code=x&state=y`,
        `${world.redirectUri}?error=access_denied&state=y`,
        'http://[', 'javascript:1', 'data:,', '//x', 'blob:http://localhost/1', `${world.apiOrigin}@evil.example/`,
      ]; // prettier-ignore
      const { answers, samples } = await page.run(
        async (settings) => {
          const { fuzz } = await import('/support/message-fuzz.js');
          const { sent, line, ask } = window.__attacker;
          const init = sent.find(({ message }) => message.type === 'init').message;
          const settle = async () => {
            await ask(line(), { type: 'resume' });
            // What it has sent so far is no news, and fills the memory.
            sent.splice(sent.findIndex(({ message }) => message === init) + 1);
          };
          return fuzz({ ...settings, init, line: line(), settle });
        },
        { seed, count: MESSAGES, urls },
      );
      const codes = Object.keys(answers);
      console.log(JSON.stringify(answers));
      assert.ok(answers['failure invalid_argument'] > MESSAGES / 20, JSON.stringify(answers));
      assert.ok(!codes.some((code) => /crashed/.test(code)), codes.join());
      assert.deepEqual(findLeaks([{ where: 'answers', text: samples.join('\n') }], world.secrets.all), []);
      await assertAlive();
      return 'refused, each; the next call: ' + (await scene.call());
    });

    attack('a flood of 10,000 messages', async ({ page, world }) => {
      const status = await page.run(
        async (count, url) => {
          const { line } = window.__attacker;
          for (let id = 3_000_000; id < 3_000_000 + count; id++) {
            line().postMessage([{ type: 'checkSession', options: null, id }, { type: 'visible', visible: true }, { id }][id % 3]);
          }
          return (await window.auth.fetch(url)).status;
        },
        FLOOD,
        `${world.apiOrigin}/me`,
      ); // prettier-ignore
      await assertAlive();
      return `the call behind it: ${status}`;
    });
  },
  { page: '/attacked-unseen.html', isSeen: false },
);
