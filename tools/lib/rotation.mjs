/**
 * Which of the ecosystem's tests run: those directly in tests/ecosystem always; of those in its subfolders (the same
 * app by each bundler, for example) a share each day, in turn, since all of them take longer than every run should.
 */
import path from 'node:path';

const shares = 3;
const dayMs = 24 * 60 * 60 * 1000;

/**
 * @param {string} folder
 * @param {string[]} files the test files in it
 * @param {{ choice?: string, now?: number }} [settings] `choice` is HOLDFAST_ECOSYSTEM: `all`, or names by commas
 * @returns {{ files: string[], says: string }} `says`: which ones, and why, for the person who reads the log
 */
export function filesInTurn(
  folder,
  files,
  { choice = process.env.HOLDFAST_ECOSYSTEM, now = Date.now() } = {},
) {
  const rotating = files.filter((file) => path.posix.dirname(file) !== folder).sort();
  const nameOf = (file) => path.posix.basename(file, '.test.mjs');
  const names = (list) => list.map(nameOf).join(', ') || 'none';
  if (choice === 'all') return { files, says: `all: ${names(rotating)}` };
  if (choice) {
    const wanted = choice.split(',').map((each) => each.trim());
    const unknown = wanted.filter((each) => !rotating.map(nameOf).includes(each));
    if (unknown.length > 0) {
      throw new Error(`HOLDFAST_ECOSYSTEM: no ${unknown.join(', ')}; there is: all, ${names(rotating)}`);
    }
    const chosen = rotating.filter((file) => wanted.includes(nameOf(file)));
    return { files: without(files, rotating, chosen), says: `asked for: ${names(chosen)}` };
  }
  const day = Math.floor(now / dayMs);
  const today = rotating.filter((_, index) => index % shares === day % shares);
  const again = today.map(nameOf).join(',');
  return {
    files: without(files, rotating, today),
    says:
      `in turn today, share ${(day % shares) + 1} of ${shares} (day ${day} since 1970): ${names(today)}; ` +
      `on other days: ${names(rotating.filter((file) => !today.includes(file)))}. ` +
      `These again: HOLDFAST_ECOSYSTEM=${again}; all: npm run test:ecosystem`,
  };
}

const without = (files, rotating, chosen) =>
  files.filter((file) => !rotating.includes(file) || chosen.includes(file));
