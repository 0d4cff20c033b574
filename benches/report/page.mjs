/**
 * docs/benchmarks.md as it follows from benches/results/: between two marks of the page stands what was measured, the
 * words around them are written by hand.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';
import { loadMeasures, measureNames } from '../lib/measures.mjs';
import { fewWords } from '../lib/patience.mjs';
import { peers, variants } from '../lib/peers.mjs';
import { drawPlot, figure } from './svg.mjs';
import { targetRows } from './targets.mjs';

export const page = 'docs/benchmarks.md';
export const results = 'benches/results';

/**
 * Every file of the report, by its path in the repository.
 *
 * @param {string} root
 * @returns {Promise<Record<string, string>>}
 */
export async function reportFiles(root) {
  const files = {};
  const published = [];
  let text = readFileSync(path.join(root, page), 'utf8');
  const measures = await loadMeasures();
  for (const name of measureNames) {
    const measure = measures.find((each) => each.name === name);
    const file = `${results}/${name}.json`;
    if (!measure || !existsSync(path.join(root, file))) {
      text = filled(text, name, 'Not measured yet.');
      continue;
    }
    const data = JSON.parse(readFileSync(path.join(root, file), 'utf8'));
    published.push(data);
    const { tables, pictures } = shownOf(measure, data);
    const shown = pictures.map(({ title, place, svg }) => {
      files[`docs/${place}`] = svg;
      return `![${title}](${place})`;
    });
    text = filled(text, measure.name, [tables, ...shown, source(data, file)].join('\n\n'));
  }
  text = filled(text, 'targets', targetsTable(published));
  text = filled(text, 'machine', machineText(published));
  text = filled(text, 'peers', peersTable(published));
  files[page] = await format(text, { parser: 'markdown', printWidth: 110 });
  return files;
}

/** The page with other words between the marks of one name. Throws where the marks are missing. */
export function filled(text, name, words) {
  const [start, end] = [`<!-- results: ${name} -->`, `<!-- /results: ${name} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${page}: ${start} and ${end} are missing`);
  return `${text.slice(0, from + start.length)}\n\n${words}\n\n${text.slice(to)}`;
}

/** One measure that failed, or that can't be shown, leaves the others as they are. */
export function shownOf(measure, { result, failure }) {
  if (failure) return { tables: `Failed: ${failure}`, pictures: [] };
  try {
    return { tables: tablesOf(measure, result), pictures: plotsOf(measure, result) };
  } catch (error) {
    return { tables: `Failed: ${fewWords(error)}`, pictures: [] };
  }
}

/** A measure has one table or several, each with a heading if it likes. */
function tablesOf(measure, result) {
  return [measure.table(result)]
    .flat()
    .map(({ title, columns, rows, notes = [] }) =>
      [
        ...(title ? [`### ${title}`] : []),
        markdownTable(columns, rows),
        notes.map((note) => `- ${note}`).join('\n'),
      ].join('\n\n'),
    )
    .join('\n\n');
}

function plotsOf(measure, result) {
  const plots = [measure.plot?.(result) ?? []].flat();
  return plots.map((plot, index) => ({
    title: plot.title,
    place: `benchmarks-${measure.name}${plots.length > 1 ? `-${index + 1}` : ''}.svg`,
    svg: drawPlot(plot),
  }));
}

/** Numbers stand to the right, as they are read. */
export function markdownTable(columns, rows) {
  const isNumber = columns.map((_, index) => rows.some((row) => typeof row[index] === 'number'));
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const cell = (value) =>
    value === null || value === undefined
      ? '-'
      : (typeof value === 'number' ? figure(value) : String(value)).replaceAll('|', '\\|');
  return [
    line(columns),
    line(isNumber.map((right) => (right ? '---:' : '---'))),
    ...rows.map((row) => line(row.map(cell))),
  ].join('\n');
}

function source({ command, seconds }, file) {
  return `\`${command}\` (${Math.ceil(seconds / 60)} min). Raw data: [${path.basename(file)}](../${file}).`;
}

/** Where and when: once for all that was measured in one run on one machine, else for each such group by its measures' names. */
export function machineText(all) {
  if (all.length === 0) return 'Nothing has been measured yet.';
  const kinds = [...new Set(all.map(surroundingsOf))];
  const parts = kinds.map((kind) => {
    const group = all.filter((outcome) => surroundingsOf(outcome) === kind);
    const lines = groupLines(group);
    if (kinds.length === 1) return lines.map((line) => `- ${line}`).join('\n');
    const names = group.map(({ measure }) => measure).join(', ');
    return [`- ${names}:`, ...lines.map((line) => `  - ${line}`)].join('\n');
  });
  const load = all.map(({ measure, machine }) => `${measure} ${machine.load.toFixed(1)}`).join(', ');
  const leftOut = Object.entries(Object.assign({}, ...all.map((outcome) => outcome.leftOut)));
  return [
    ...parts,
    `- Load average over a minute, at the start of each measure: ${load}.`,
    ...leftOut.map(([name, why]) => `- Left out: ${name} (${why}).`),
  ].join('\n');
}

function targetsTable(all) {
  const results = Object.fromEntries(all.map(({ measure, result }) => [measure, result]));
  return markdownTable(['holdfast, in Chromium', 'Aim', 'Reached', 'Met'], targetRows(results));
}

function surroundingsOf({ machine: { load, ...machine }, run, node, browsers }) {
  return JSON.stringify({ machine, run, node, browsers });
}

function groupLines(group) {
  const [{ machine, node, browsers, run }] = group;
  const days = [...new Set(group.map(({ date }) => date.slice(0, 10)))].sort().join(' and ');
  const named = Object.entries(browsers).map(([name, version]) => `${name} ${version}`);
  return [
    `Measured on ${days}${run?.commit ? `, at commit ${run.commit}` : ''}.`,
    `${machine.cores} cores (${machine.processor}), ${machine.memoryGigabytes} GB, ${machine.system}.`,
    `Node.js ${node}; ${named.join('; ')}.`,
  ];
}

function peersTable(all) {
  const withVariants = peers.flatMap((peer) => [
    peer,
    ...variants.filter(({ variantOf }) => variantOf === peer.name),
  ]);
  const versions = Object.assign({}, ...all.map(({ packages }) => packages));
  return markdownTable(
    ['Library', 'Version', 'How it is set up'],
    withVariants.map(({ name, variantOf, title, settings, sizeOnly }) => [
      variantOf ? `${title}, \`${name}\`` : title,
      versions[variantOf ?? name] ?? '-',
      sizeOnly ? `${settings}; size only, since it ${sizeOnly}` : settings,
    ]),
  );
}
