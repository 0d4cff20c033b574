/** Shows who is signed in, and which parts of the page belong to which state of the session. */

const byId = (id) => document.getElementById(id);
const times = new Set(['exp', 'iat', 'nbf', 'auth_time', 'updated_at']);

/**
 * @param {'starting' | 'signed-in' | 'signed-out'} state
 * @param {object | null} user
 * @param {object | null} [claims] of the ID token; without them, the user's
 */
export function showSession(state, user, claims = user) {
  document.body.dataset.session = state;
  for (const part of document.querySelectorAll('[data-when]')) part.hidden = part.dataset.when !== state;
  byId('greeting').textContent = user
    ? `Hello, ${user.given_name ?? user.name ?? 'friend'}.`
    : 'A firm hold on your sign-in.';
  byId('user-name').textContent = user?.name ?? user?.sub ?? '';
  byId('user-email').textContent = user?.email ?? '';
  showPicture(user?.picture);
  byId('user-claims').replaceChildren(...Object.entries(claims ?? {}).flatMap(claimRow));
}

function showPicture(address) {
  const picture = byId('user-picture');
  picture.hidden = !address;
  if (!address) picture.removeAttribute('src');
  else if (picture.src !== address) picture.src = address;
}

function claimRow([name, value]) {
  const term = document.createElement('dt');
  const detail = document.createElement('dd');
  term.textContent = name;
  detail.textContent = typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (times.has(name) && Number.isFinite(value)) {
    const readable = document.createElement('span');
    readable.className = 'hint';
    readable.textContent = ` ${new Date(value * 1000).toLocaleString()}`;
    detail.append(readable);
  }
  return [term, detail];
}
