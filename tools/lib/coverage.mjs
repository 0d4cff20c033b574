/** What the tests run of src/core, read from the file that cargo-llvm-cov writes (LCOV). */
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Of a hundred lines, and of a hundred branches, so many must be run. */
export const leastCoverage = 95;

/**
 * Each file of src/core with its lines and branches: how many there are, and how many of them the tests run. The tests
 * at a file's end do not count.
 */
export function coverageOf(lcov, root) {
  const folder = path.join(root, 'src', 'core') + path.sep;
  return lcov
    .split('end_of_record')
    .map((record) => record.trim().split('\n'))
    .filter(([first]) => first.startsWith('SF:') && first.slice(3).startsWith(folder))
    .map(([first, ...entries]) => fileCoverage(first.slice(3), entries, root))
    .sort((one, other) => one.name.localeCompare(other.name));
}

function fileCoverage(file, entries, root) {
  const end = firstLineOfTests(readFileSync(file, 'utf8'));
  const [lines, branches] = [new Map(), new Map()];
  for (const entry of entries) {
    const [kind, values] = entry.split(':');
    if (kind !== 'DA' && kind !== 'BRDA') continue;
    const fields = values.split(',');
    if (Number(fields[0]) >= end) continue;
    const [into, key, count] =
      kind === 'DA' ? [lines, fields[0], fields[1]] : [branches, fields.slice(0, 3).join(), fields[3]];
    // A generic function is there once for each of its types.
    into.set(key, (into.get(key) ?? 0) + (Number(count) || 0));
  }
  const missed = [
    ...[...lines].filter(([, count]) => count === 0).map(([line]) => line),
    ...[...branches].filter(([, count]) => count === 0).map(([key]) => `${key.split(',')[0]} (a branch)`),
  ];
  return { name: path.relative(root, file), lines: summary(lines), branches: summary(branches), missed };
}

function firstLineOfTests(text) {
  const line = text.split('\n').findIndex((line) => line === '#[cfg(test)]');
  return line === -1 ? Infinity : line + 1;
}

function summary(counts) {
  return { found: counts.size, hit: [...counts.values()].filter((count) => count > 0).length };
}

/** All files as one. */
export function total(files) {
  const sum = (kind, what) => files.reduce((count, file) => count + file[kind][what], 0);
  const both = (kind) => ({ found: sum(kind, 'found'), hit: sum(kind, 'hit') });
  return { name: 'src/core', lines: both('lines'), branches: both('branches') };
}
