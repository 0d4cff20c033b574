/** What a person does in the playground: calls, one after another if they like; and a call that wants a newer sign-in. */
import { log } from '../event-log.js';
import { hideNotice } from '../notice.js';

const EVERY = 1500; // milliseconds between two calls
const byId = (id) => document.getElementById(id);

/** @param {{ auth: object, apiOrigin: string, report: (error: Error) => void }} app */
export function wireDeeds(app) {
  const { report } = app;
  const outcome = byId('deed-result');
  const say = (text) => {
    outcome.textContent = text;
  };
  const onClick = (id, work) =>
    byId(id).addEventListener('click', () => {
      hideNotice();
      Promise.resolve(work()).catch(report);
    });

  onClick('deed-call', async () => say(await callOnce(app)));
  onClick('deed-ten', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => callOnce(app)));
    say(`Ten calls: ${answers.filter((answer) => answer.startsWith('200')).length} answered well.`);
  });
  onClick('deed-step-up', () => stepUp(app, Math.floor(Date.now() / 1000), say));
  onClick('deed-reload', () => location.reload());
  keepCalling(app, say);

  return {
    /** Back from the sign-in that a step-up asked for. */
    async resume(since) {
      await stepUp(app, since, say);
      log('session', `Back from the step-up: ${outcome.textContent}`);
    },
  };
}

async function callOnce({ auth, apiOrigin }) {
  const response = await auth.fetch(`${apiOrigin}/time`);
  await response.text();
  return `${response.status} from the API.`;
}

/** A route that wants a sign-in that is not older than `since`, in seconds since 1970 (RFC 9470). */
async function stepUp({ auth, apiOrigin }, since, say) {
  const button = byId('deed-sign-in-anew');
  let wanted = null;
  const stop = auth.on('stepup', (detail) => {
    wanted = detail;
  });
  try {
    const response = await auth.fetch(`${apiOrigin}/step-up?since=${since}`);
    await response.text();
    const isWanted = response.status === 401 && wanted;
    say(isWanted ? 'The API wants a newer sign-in.' : `${response.status}: the sign-in is new enough.`);
    button.hidden = !isWanted;
    button.onclick = () => auth.loginWithRedirect({ stepUp: wanted, appState: { stepUpSince: since } });
  } finally {
    stop();
  }
}

function keepCalling(app, say) {
  const button = byId('deed-keep-calling');
  let timer;
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
    button.setAttribute('aria-pressed', 'false');
  };
  const turn = async () => {
    try {
      say(await callOnce(app));
    } catch (error) {
      say(`${error.code ?? error.name}${error.retryable ? '; the next call tries again.' : ''}`);
      if (!error.retryable) stop();
    }
  };
  button.addEventListener('click', () => {
    if (timer) return stop();
    button.setAttribute('aria-pressed', 'true');
    timer = setInterval(turn, EVERY);
    return turn();
  });
}
