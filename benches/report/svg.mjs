/** Bars as SVG, for light and dark pages, without a library. */

const WIDTH = 840;
const LABEL = 190;
const FIGURE = 90;
const ROW = 26;
const colours = ['#2f6fb5', '#8fb8e0', '#d98a2b', '#8a5fb0', '#5a9367'];
const style = `
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; font-size: 15px; }
  .quiet { fill: #57606a; }
  .range, .line { stroke: #24292f; stroke-width: 1.5; }
  .line { stroke-dasharray: 4 3; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .quiet { fill: #9da7b1; } .range, .line { stroke: #e6edf3; }
  }`;

/**
 * @typedef {object} Plot
 * @property {string} title
 * @property {string} unit
 * @property {{ label: string, value?: number, range?: [number, number], parts?: { name: string, value: number }[], text?: string }[]} series
 *   one bar each: a value, with a range if there is one, or parts that are stacked; a bar without either is shown by its `text`
 * @property {{ value: number, label: string }} [line] a mark through all bars, such as a target
 *
 * @param {Plot} plot
 */
export function drawPlot({ title, unit, series, line }) {
  const totals = series.map(total).filter((value) => value !== undefined);
  const ends = [...totals, ...series.flatMap(({ range }) => range ?? []), line?.value ?? 0];
  const most = Math.max(...ends, Number.MIN_VALUE);
  const room = WIDTH - LABEL - FIGURE;
  const scale = (value) => round((value / most) * room);
  const names = [...new Set(series.flatMap(({ parts }) => (parts ?? []).map(({ name }) => name)))];
  const top = names.length > 0 ? 62 : 44;
  const height = top + series.length * ROW + (line ? 24 : 8);
  const bars = series.map((bar, index) => drawBar(bar, top + index * ROW, scale, names));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" role="img" aria-label="${escape(title)}">`,
    `<style>${style}\n</style>`,
    `<text class="title" x="0" y="18">${escape(title)} <tspan class="quiet" font-weight="400">(${escape(unit)})</tspan></text>`,
    ...names.map(
      (name, index) =>
        `<rect x="${LABEL + index * 170}" y="32" width="12" height="12" fill="${colours[index]}"/><text class="quiet" x="${LABEL + 18 + index * 170}" y="43">${escape(name)}</text>`,
    ),
    ...bars,
    ...(line ? drawLine(line, { x: LABEL + scale(line.value), top, height }) : []),
    '</svg>',
    '',
  ].join('\n');
}

function total({ value, parts }) {
  return value ?? parts?.reduce((sum, part) => sum + part.value, 0);
}

function drawBar(bar, y, scale, names) {
  const all = total(bar);
  const pieces = [`<text x="${LABEL - 10}" y="${y + 15}" text-anchor="end">${escape(bar.label)}</text>`];
  let x = LABEL;
  for (const { name, value } of bar.parts ?? (all === undefined ? [] : [{ value: all }])) {
    const width = scale(value);
    const colour = colours[Math.max(0, names.indexOf(name))];
    if (width > 0) pieces.push(`<rect x="${x}" y="${y + 3}" width="${width}" height="16" fill="${colour}"/>`);
    x = round(x + width);
  }
  if (bar.range) {
    const [from, to] = bar.range.map((value) => round(LABEL + scale(value)));
    pieces.push(`<path class="range" d="M${from} ${y + 11}H${to}M${from} ${y + 7}v8M${to} ${y + 7}v8"/>`);
    x = Math.max(x, to);
  }
  const text = bar.text ?? (all === undefined ? '' : figure(all));
  pieces.push(`<text class="quiet" x="${round(x + 6)}" y="${y + 15}">${escape(text)}</text>`);
  return pieces.join('');
}

function drawLine({ label }, { x, top, height }) {
  const bottom = height - 18;
  return [
    `<path class="line" d="M${x} ${top}V${bottom}"/>`,
    `<text class="quiet" x="${x}" y="${height - 4}" text-anchor="middle">${escape(label)}</text>`,
  ];
}

/** With as many digits as it can be believed to. */
export function figure(value) {
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

const round = (value) => Math.round(value * 10) / 10;

function escape(text) {
  return String(text).replace(
    /[&<>"]/g,
    (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character],
  );
}
