/**
 * Draws one step of the timeline: the five lanes, and between two of them what passes. Decoration for the eye; the words
 * beside it say the same, so it is hidden from screen readers.
 */

const SVG = 'http://www.w3.org/2000/svg';
const THERE = 15; // pixels from the top, of the way there
const BACK = 33; // and of the way back
export const lanes = ['page', 'vault', 'escrow', 'server', 'api'];
const at = (lane) => 10 + 20 * lanes.indexOf(lane); // percent of the width

/**
 * @param {import('./words.js').Step} step
 * @param {{ before: object, after: object }} held what is held before and after it
 */
export function draw(step, held) {
  const place = document.createElement('div');
  place.className = 'lanes';
  const picture = svg('svg', { 'aria-hidden': 'true', focusable: 'false' });
  place.append(picture);
  picture.append(...lifelines(held));
  if (!step.to) picture.append(dot(step));
  else if (!step.isExchange) picture.append(...oneWay(step, held));
  else picture.append(...roundTrip(step));
  return place;
}

function lifelines({ before, after }) {
  return lanes.flatMap((lane) => {
    const x = `${at(lane)}%`;
    const line = (y1, y2, held) =>
      svg('line', { class: `life life-${lane}`, 'data-holds': holds(lane, held), x1: x, x2: x, y1, y2 });
    return [line('0', String(THERE), before), line(String(THERE), '100%', after)];
  });
}

function holds(lane, { isSignedIn, parked }) {
  if (lane === 'vault') return isSignedIn ? 'tokens' : 'nothing';
  if (lane === 'escrow') return parked ? 'copy' : 'nothing';
  return 'nothing';
}

function dot({ from, tone, isSwitch }) {
  return isSwitch
    ? svg('rect', {
        class: 'mark mark-switch',
        x: `${at(from)}%`,
        y: THERE - 5,
        width: 10,
        height: 10,
        rx: 2,
      })
    : svg('circle', { class: `mark tone-${tone}`, cx: `${at(from)}%`, cy: THERE, r: 5 });
}

/** A word in one direction; nothing comes back. */
function oneWay({ from, to, tone, isDeposit, handsOver }, { before }) {
  const tokens = isDeposit || handsOver ? [before.refresh ?? before.access ?? before.parked] : [];
  return [
    ...arrow(from, to, THERE, `way tone-${tone}`),
    ...pills(tokens, (at(from) + at(to)) / 2, THERE, isDeposit ? 'copy' : ''),
  ];
}

function roundTrip({
  from,
  to,
  tone,
  carries = [],
  brings = [],
  carriesCode,
  lost,
  isPending,
  viaPage,
  viaEscrow,
  outcome,
}) {
  const start = viaPage ? 'page' : from;
  const parts = [];
  const near = at(from) + (at(to) > at(from) ? 10 : -10);
  if (viaPage) parts.push(...arrow('page', from, THERE, 'way way-thin'));
  if (lost === 'request') {
    parts.push(...broken(at(from), at(to), THERE));
  } else {
    parts.push(...arrow(from, to, THERE, `way${isPending ? ' way-pending' : ''}`));
  }
  // The escrow sends it, on its own account.
  if (viaEscrow) parts.push(svg('circle', { class: 'relay', cx: `${at('escrow')}%`, cy: THERE, r: 5 }));
  if (carriesCode) parts.push(...pills([{ name: 'code' }], near, THERE));
  else parts.push(...pills(carries, near, THERE));
  if (isPending || lost === 'request' || outcome === '') return parts;
  if (lost === 'answer') {
    parts.push(...broken(at(to), at(from), BACK), ...pills(brings, at(to) - 10, BACK, 'gone'));
    return parts;
  }
  parts.push(...arrow(to, from, BACK, `way way-back tone-${tone}`));
  if (viaPage) parts.push(...arrow(from, start, BACK, `way way-back way-thin tone-${tone}`));
  parts.push(...pills(brings, near, BACK));
  return parts;
}

function arrow(from, to, y, className) {
  const [x1, x2] = [at(from), at(to)];
  const head = svg('svg', { x: `${x2}%`, y, overflow: 'visible', class: className });
  head.append(svg('path', { class: 'head', d: x2 > x1 ? 'M-9-4 -2 0-9 4Z' : 'M9-4 2 0 9 4Z' }));
  return [svg('line', { class: className, x1: `${x1}%`, x2: `${x2}%`, y1: y, y2: y }), head];
}

/** A way that ends before its goal. */
function broken(x1, x2, y) {
  const end = x1 + (x2 - x1) * 0.62;
  const cross = svg('svg', { x: `${end}%`, y, overflow: 'visible' });
  cross.append(svg('path', { class: 'cross', d: 'M-5-5 5 5M-5 5 5-5' }));
  return [svg('line', { class: 'way way-broken', x1: `${x1}%`, x2: `${end}%`, y1: y, y2: y }), cross];
}

function pills(tokens, x, y, more = '') {
  const shown = tokens.filter(Boolean);
  const widths = shown.map(({ name }) => 10 + 7 * name.length);
  const total = widths.reduce((sum, width) => sum + width + 2, -2);
  const group = svg('svg', { x: `${x}%`, y, overflow: 'visible' });
  let left = -total / 2;
  shown.forEach(({ name }, index) => {
    const kind = { A: 'access', R: 'refresh' }[name[0]] ?? 'code';
    const pill = svg('g', { class: `pill pill-${kind} ${more}` });
    const label = svg('text', { x: left + widths[index] / 2, y: 4 });
    label.textContent = name;
    pill.append(svg('rect', { x: left, y: -8.5, width: widths[index], height: 17, rx: 8.5 }), label);
    group.append(pill);
    left += widths[index] + 2;
  });
  return shown.length ? [group] : [];
}

function svg(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  return element;
}
