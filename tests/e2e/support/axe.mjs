/** Accessibility by axe-core, on a page as a browser shows it: with its styles, in light, in dark, and as narrow as a phone. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** @returns {Promise<string[]>} what axe finds wrong, each with where and why */
export async function axeViolations(driver) {
  await driver.executeScript(`if (!window.axe) { ${source}; window.axe ??= axe; }`);
  const { violations, error } = await driver.executeAsyncScript(`
    const done = arguments[arguments.length - 1];
    axe.run(document).then(({ violations }) => done({ violations }), (error) => done({ error: String(error) }));
  `);
  if (error) throw new Error(`axe failed: ${error}`);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}

/**
 * Shows the page in its dark colours, whatever the system's setting: the rules for them apply without a condition.
 * WebDriver has no setting for it, and not every browser has a preference.
 */
export function showDark(driver) {
  return driver.executeScript(`
    for (const sheet of document.styleSheets) {
      for (const rule of sheet.cssRules) {
        if (rule.media?.mediaText.includes('prefers-color-scheme: dark')) rule.media.mediaText = 'all';
      }
    }
    document.documentElement.style.colorScheme = 'dark';
  `);
}
