/** The measures, in the order in which they run and are shown. */
import { readdir } from 'node:fs/promises';

const folder = new URL('../measures/', import.meta.url);
/** The sections of the report, too. */
export const measureNames = [
  'size',
  'start',
  'sign-in',
  'calls',
  'threads',
  'bodies',
  'requests',
  'survival',
  'theft',
  'memory',
];

/** @returns {Promise<{ name: string, title: string, run: Function, table: Function, plot?: Function }[]>} */
export async function loadMeasures() {
  // What has another name is a part of a measure, in a file of its own.
  const files = (await readdir(folder)).filter((file) => measureNames.includes(file.replace(/\.mjs$/, '')));
  const measures = await Promise.all(files.map((file) => import(new URL(file, folder))));
  return measures.sort((a, b) => measureNames.indexOf(a.name) - measureNames.indexOf(b.name));
}
