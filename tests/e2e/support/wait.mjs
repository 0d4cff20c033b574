/**
 * Waiting for a condition with a deadline. Tests never sleep for a fixed time in the hope that something has happened.
 */

/** Polls `condition` until it answers something truthy, and answers that; fails with `what` at the deadline. */
export async function waitFor(condition, what, { timeoutMs = 10_000, everyMs = 40 } = {}) {
  const deadline = performance.now() + timeoutMs;
  let lastError;
  for (;;) {
    try {
      const result = await condition();
      if (result) return result;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > deadline) {
      const why = lastError ? `; last error: ${lastError.message}` : '';
      throw new Error(`waited ${timeoutMs} ms in vain for: ${what}${why}`, { cause: lastError });
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Waits for an element of a page that has loaded, styles included: before that it may be there and yet not be shown. */
export function waitForElement(driver, locator, what) {
  return waitFor(async () => {
    const [element] = await driver.findElements(locator);
    return element && (await driver.executeScript("return document.readyState === 'complete'")) && element;
  }, what);
}
