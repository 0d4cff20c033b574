/** The heads of the lanes: who holds what at this moment. */

const places = Object.fromEntries(
  ['page', 'vault', 'escrow', 'server', 'api'].map((lane) => [
    lane,
    document.getElementById(`holds-${lane}`),
  ]),
);
let timer;

/**
 * @param {object} held what `afterEntry` gives
 * @param {{ name: string, untilMs: number | null }[]} accepted the refresh tokens that the server takes
 */
export function showHolders(held, accepted) {
  clearTimeout(timer);
  const now = Date.now();
  const { access, refresh, parked, seenByApi, isSignedIn } = held;
  const isFresh = access && (access.endsAt === null || access.endsAt > now);
  // The newest first, and no more than fit.
  const good = accepted
    .filter(({ untilMs }) => untilMs === null || untilMs > now)
    .slice(-3)
    .reverse();
  show('page', [], isSignedIn ? 'no token' : 'nothing');
  show('vault', [access && [access, isFresh ? '' : 'run out'], refresh && [refresh]], 'nothing');
  show('escrow', [parked && [parked, 'copy']], 'nothing');
  show(
    'server',
    good.map((token) => [token, token.untilMs === null ? 'good' : 'in grace']),
    'no token good',
  );
  show('api', [seenByApi && [seenByApi, 'seen']], 'nothing');
  const next = [access?.endsAt, ...good.map(({ untilMs }) => untilMs)].filter((moment) => moment > now);
  if (next.length) timer = setTimeout(showHolders, Math.min(...next) - now + 20, held, accepted);
}

function show(lane, tokens, otherwise) {
  const shown = tokens.filter(Boolean);
  const words =
    shown.map(([{ name }, state]) => `${name}${state ? ` ${state}` : ''}`).join(', ') || otherwise;
  const place = places[lane];
  if (place.dataset.words === words) return;
  place.dataset.words = words;
  place.replaceChildren(...(shown.length ? shown.map(pill) : [otherwise]));
}

function pill([{ name, digest }, state]) {
  const element = document.createElement('span');
  element.className = `token token-${name[0] === 'A' ? 'access' : 'refresh'}`;
  element.dataset.state = state ?? '';
  element.title = `digest ${digest}`;
  element.append(name);
  if (state) {
    const words = document.createElement('small');
    words.textContent = ` ${state}`;
    element.append(words);
  }
  return element;
}
