/** The rows of the tables about behaviour, and how many are measured at the same time. */
import { fewWords } from './patience.mjs';

/**
 * Each library and each other mode of it in Chromium, and holdfast in the other browsers, too. When it has to be quick, other
 * modes are left out.
 *
 * @param {object} context
 * @param {(row: object) => boolean} [isWanted]
 * @returns {{ row: object, browser: string }[]} `row` is a peer, or a variant of one
 */
export function cases(context, isWanted = () => true) {
  const rows = context.peers
    .filter(({ name }) => name !== 'floor')
    .flatMap((peer) => [peer, ...context.variants.filter(({ variantOf }) => variantOf === peer.name)])
    .filter((row) => isWanted(row) && !(context.quick && isFurtherMode(row)));
  const ours = rows.filter((row) => row.package === 'holdfast');
  return context.browsers.flatMap((browser) =>
    (browser === 'chromium' ? rows : ours).map((row) => ({ row, browser })),
  );
}

const isFurtherMode = ({ name, variantOf }) => variantOf !== undefined || name === 'holdfast-dedicated';

/** What a result says of the case that it is of. */
export function describeCase({ row, browser }) {
  const { name, title, settings, version } = row;
  return { name, title, settings, version, browser };
}

/** Runs `work` for each item, `lanes` at a time; the results are in the items' order. */
export async function severalAtOnce(items, lanes, work) {
  const results = [];
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index], index);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

/** A gate that lets so many through at the same time: `gate(work)` answers what `work` does. */
export function gate(lanes) {
  let free = lanes;
  const waiting = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}

/** What `work` answers, or `{ error }`: one library that fails is no reason for the others to. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    return { error: fewWords(error) };
  }
}

/** The first cells of a table's row. */
export function caseCells({ title, settings, browser }) {
  return [browser === 'chromium' ? title : `${title}, in ${browserTitles[browser]}`, settings];
}

const browserTitles = { chromium: 'Chromium', firefox: 'Firefox', webkit: 'WebKit' };
