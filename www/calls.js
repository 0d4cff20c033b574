/** The calls to the API: one, or ten at once, and what came back. */
import { log } from './event-log.js';
import { hideNotice } from './notice.js';

const byId = (id) => document.getElementById(id);
let answered = 0;

export function wireCalls({ auth, apiOrigin, report }) {
  const renewals = countRenewals(auth);

  byId('call-api').addEventListener('click', () => run(byId('call-api'), callOnce));
  byId('call-ten').addEventListener('click', () => run(byId('call-ten'), callTen));

  async function callOnce() {
    const { response, milliseconds, renewed } = await timed(() => auth.fetch(`${apiOrigin}/me`));
    const text = await response.text();
    const outcome = `${response.status} in ${milliseconds} ms${renewed ? ', after one renewal' : ''}`;
    log('call', `The API answered ${outcome}.`);
    showResult(outcome, pretty(text));
  }

  async function callTen() {
    const {
      response: responses,
      milliseconds,
      renewed,
    } = await timed(() => Promise.all(Array.from({ length: 10 }, () => auth.fetch(`${apiOrigin}/time`))));
    const good = responses.filter((response) => response.ok).length;
    const cost = renewed === 0 ? 'no renewal' : renewed === 1 ? 'one renewal' : `${renewed} renewals`;
    log('call', `Ten calls at once: ${good} answered well in ${milliseconds}\u00a0ms, with ${cost}.`);
    showResult(`${good} of 10 in ${milliseconds}\u00a0ms, ${cost}`);
    answered += 9;
    count();
  }

  async function timed(work) {
    const before = renewals();
    const start = performance.now();
    const response = await work();
    return { response, milliseconds: Math.round(performance.now() - start), renewed: renewals() - before };
  }

  async function run(button, work) {
    hideNotice();
    button.setAttribute('aria-busy', 'true');
    try {
      await work();
      answered += 1;
      count();
    } catch (error) {
      byId('api-result').hidden = true;
      report(error);
    } finally {
      button.removeAttribute('aria-busy');
    }
  }
}

function countRenewals(auth) {
  let renewals = 0;
  auth.on('refreshed', () => {
    renewals += 1;
  });
  return () => renewals;
}

function count() {
  byId('call-count').textContent = answered;
}

function showResult(headline, body) {
  const result = byId('api-result');
  const title = document.createElement('p');
  title.textContent = headline;
  result.replaceChildren(title);
  if (body) {
    const block = document.createElement('pre');
    block.textContent = body;
    result.append(block);
  }
  result.hidden = false;
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
