/**
 * The picture of the access token's life: water that runs out in as many seconds as the token is good for. The page
 * knows the lifetime from the client's events; it has never seen the token.
 */

const LOW_WATER = 222; // how far the water falls, in the drawing's units
const figure = document.getElementById('tide');
const label = document.getElementById('token-state');
const water = document.getElementById('water');
const scale = document.getElementById('scale');
const lifetimeWords = document.getElementById('lifetime');
const still = matchMedia('(prefers-reduced-motion: reduce)');

let state = 'none';
let endsAt = 0;
let timer;
const whenLow = [];

export const tide = {
  /** Called when an access token has run out. */
  onLowWater() {},

  get state() {
    return state;
  },

  /** Settles once there is no fresh access token: at low water, or where none is known. */
  async untilLow() {
    if (state === 'fresh') await new Promise((resolve) => whenLow.push(resolve));
  },

  /** A new access token. `seconds` is null when the server did not say how long it is good for. */
  rise(seconds) {
    if (seconds == null) return this.unknown();
    endsAt = performance.now() + seconds * 1000;
    lifetimeWords.textContent = seconds;
    drawScale(seconds);
    ebb(seconds);
    tick(seconds);
    return undefined;
  },

  none() {
    rest('none', 'None: nobody is signed in', 1);
  },

  /** Signed in, but this page was not there when the token came. */
  unknown() {
    rest('unknown', 'Held; this page does not know for how long', 0.45);
  },
};

function tick(seconds) {
  clearTimeout(timer);
  const left = endsAt - performance.now();
  if (left <= 0) {
    show('expired', 'Expired: the next call renews it');
    setLevel(1);
    tide.onLowWater();
    return;
  }
  show('fresh', `Good for ${Math.ceil(left / 1000)}\u00a0s`);
  if (still.matches) setLevel(1 - Math.ceil(left / 1000) / seconds);
  timer = setTimeout(tick, left % 1000 || 1000, seconds);
}

function ebb(seconds) {
  for (const animation of water.getAnimations()) animation.cancel();
  if (still.matches) return;
  water.animate([{ transform: 'translateY(0)' }, { transform: `translateY(${LOW_WATER}px)` }], {
    duration: seconds * 1000,
    fill: 'forwards',
  });
}

/** @param {number} level 0 is high water, 1 is low water */
function setLevel(level) {
  for (const animation of water.getAnimations()) animation.cancel();
  water.style.transform = `translateY(${level * LOW_WATER}px)`;
}

function rest(newState, text, level) {
  clearTimeout(timer);
  setLevel(level);
  show(newState, text);
}

function show(newState, text) {
  state = newState;
  if (state !== 'fresh') for (const resolve of whenLow.splice(0)) resolve();
  figure.dataset.state = newState;
  label.dataset.state = newState;
  if (label.textContent !== text) label.textContent = text;
}

/** Seconds along the glass, as on a tide staff. */
function drawScale(seconds) {
  const step = Math.max(1, Math.ceil(seconds / 6));
  const marks = [];
  for (let second = 0; second <= seconds; second += step) {
    const y = 66 + LOW_WATER * (1 - second / seconds);
    const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    line.setAttribute('d', `M30 ${y}h10`);
    const number = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    number.setAttribute('x', '24');
    number.setAttribute('y', y + 4.5);
    number.textContent = second;
    marks.push(line, number);
  }
  scale.replaceChildren(...marks);
}
