/**
 * Two things that go wrong on request, at the demo's own server: the answer to a refresh is lost, or the server is down. Each
 * button breaks something, calls the API until the access token was renewed, and says what came of it.
 */
import { log } from './event-log.js';
import { hideNotice } from './notice.js';
import { tide } from './tide.js';

const SECOND = 1000;
const byId = (id) => document.getElementById(id);
const pause = () => new Promise((resolve) => setTimeout(resolve, SECOND));

export function wireTrouble({ auth, apiOrigin, report }, { outageSeconds }) {
  byId('outage-seconds').textContent = outageSeconds;
  const signedIn = () => (auth.isAuthenticated() ? 'You are still signed in.' : 'You are signed out.');

  onClick('lose-response', 'lose-result', async (say) => {
    const before = await cause('lose-next-refresh');
    log('problem', 'The answer to the next refresh will be lost, once the server has done its work.');
    say('Waiting for the access token to expire …');
    const { after, milliseconds } = await callUntilRenewed(before);
    const asked = `${after.lost - before.lost} answer lost, ${after.answered - before.answered} received`;
    log('call', `A call was answered in ${milliseconds}\u00a0ms all the same: ${asked}.`);
    say(`It held: ${asked}; the call took ${milliseconds}\u00a0ms. ${signedIn()}`);
  });

  onClick('server-down', 'down-result', async (say) => {
    const before = await cause('server-down');
    log('problem', `The sign-in server is down for ${outageSeconds}\u00a0s.`);
    const stopCountdown = countDown(before.downForMs);
    try {
      say('As soon as the access token has expired, calls have to wait for the server.');
      const sayFailed = (failures, { code }) =>
        say(`Calls that failed, and may be tried again: ${failures} [${code}]. ${signedIn()}`);
      const { after, failures } = await callUntilRenewed(before, sayFailed);
      const asked = `${after.unavailable - before.unavailable} tries in vain, then one renewal`;
      log('call', `The server is back, and a call was answered: ${asked}.`);
      say(`It held: ${asked}. Calls that failed: ${failures}. ${signedIn()}`);
    } finally {
      stopCountdown();
    }
  });

  /** Calls the API, as a person would who presses the button again, until one call was answered with a renewed token. */
  async function callUntilRenewed(before, onFailure = () => {}) {
    for (let failures = 0; ; await pause()) {
      await tide.untilLow();
      try {
        const started = performance.now();
        await (await auth.fetch(`${apiOrigin}/time`)).text();
        const milliseconds = Math.round(performance.now() - started);
        const after = await state();
        if (after.answered > before.answered) return { after, failures, milliseconds };
      } catch (error) {
        if (!error.retryable) throw error;
        failures += 1;
        onFailure(failures, error);
      }
    }
  }

  function onClick(buttonId, outcomeId, work) {
    const button = byId(buttonId);
    const say = (text) => {
      byId(outcomeId).textContent = text;
    };
    button.addEventListener('click', async () => {
      if (button.getAttribute('aria-disabled') === 'true') return;
      hideNotice();
      button.setAttribute('aria-disabled', 'true');
      try {
        await work(say);
      } catch (error) {
        say('');
        report(error);
      } finally {
        button.removeAttribute('aria-disabled');
      }
    });
  }
}

/** Breaks something at the demo's server, and answers how things stood before. */
async function cause(fault) {
  return answerOf(await fetch(`/faults/${fault}`, { method: 'POST' }));
}

async function state() {
  return answerOf(await fetch('/faults'));
}

async function answerOf(response) {
  if (!response.ok) throw new Error(`The demo's server answered ${response.status}.`);
  return response.json();
}

/** Shows for how long the server is still down. Answers the function that ends it. */
function countDown(milliseconds) {
  const place = byId('down-timer');
  const end = performance.now() + milliseconds;
  let timer;
  const tick = () => {
    const left = end - performance.now();
    place.textContent =
      left > 0
        ? `Back in ${Math.ceil(left / SECOND)}\u00a0s`
        : 'The server is back. The next try is due soon.';
    if (left > 0) timer = setTimeout(tick, left % SECOND || SECOND);
  };
  place.hidden = false;
  tick();
  return () => {
    clearTimeout(timer);
    place.hidden = true;
  };
}
