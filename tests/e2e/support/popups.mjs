/** Sign-ins in a window of its own: opened by a click, and driven by its WebDriver handle. */
import { By } from 'selenium-webdriver';
import { waitFor, waitForElement } from './wait.mjs';

/** Clicks for a popup. The page keeps how each call ended in `window.outcomes`. */
export async function clickForPopup(page, options = {}) {
  await page.run((given) => {
    document.querySelector('#popup')?.remove();
    const button = document.createElement('button');
    button.id = 'popup';
    button.textContent = 'Sign in';
    window.outcomes ??= [];
    window.aborts ??= [];
    const place = window.outcomes.push(null) - 1;
    button.onclick = () => {
      const controller = new AbortController();
      window.aborts[place] = controller;
      window.auth.loginWithPopup({ ...given, signal: controller.signal }).then(
        (value) => (window.outcomes[place] = { value }),
        ({ name, code, phase }) =>
          (window.outcomes[place] = {
            error: { name, code, phase },
            hadFocus: document.hasFocus(),
          }),
      );
    };
    document.body.prepend(button);
  }, options);
  await page.driver.findElement(By.id('popup')).click();
}

/** The same where the popup goes by itself: it may be gone before WebDriver has seen it. */
export async function popupThatGoes(page, options) {
  const { driver } = page;
  const known = await driver.getAllWindowHandles();
  await clickForPopup(page, options);
  return new Popup(page, await driver.getWindowHandle(), null, known);
}

/** The same, and waits for the popup. */
export async function openPopup(page, options) {
  const { driver } = page;
  const main = await driver.getWindowHandle();
  const known = await driver.getAllWindowHandles();
  await clickForPopup(page, options);
  const handle = await waitFor(
    async () => (await driver.getAllWindowHandles()).find((each) => !known.includes(each)),
    'the popup',
  );
  return new Popup(page, main, handle, known);
}

class Popup {
  constructor(page, main, handle, known) {
    Object.assign(this, { page, driver: page.driver, main, handle, known });
  }

  /** Brings it to the front. A server's Cross-Origin-Opener-Policy gives a window another handle. */
  async enter() {
    const handles = await this.driver.getAllWindowHandles();
    if (!handles.includes(this.handle)) {
      this.handle = handles.find((each) => !this.known.includes(each)) ?? this.handle;
    }
    await this.driver.switchTo().window(this.handle);
  }

  /** Waits for the server's form in it. */
  async form() {
    await waitFor(async () => {
      try {
        await this.enter();
        return (await this.driver.findElements(By.name('login'))).length > 0;
      } catch {
        return false;
      }
    }, "the server's form in the popup");
  }

  /** Fills in the server's form. What comes then happens in the popup by itself. */
  async typeCredentials(name = 'Ada Lovelace') {
    await this.form();
    const field = await waitForElement(this.driver, By.name('login'), "the server's form");
    await field.clear();
    await field.sendKeys(name);
    await this.driver.findElement(By.css('button[value="sign-in"]')).click();
  }

  back() {
    return this.driver.switchTo().window(this.main);
  }

  /** Closes it, as a person does. */
  async close() {
    await this.enter();
    await this.driver.close();
    await this.back();
  }

  /** The same where it is still there: Firefox lets the page close it. */
  async closeIfOpen() {
    if ((await this.driver.getAllWindowHandles()).length > this.known.length)
      await this.close().catch(() => this.back());
  }

  /** How the call at `place` ended. */
  async outcome(place = 0) {
    await this.back();
    return waitFor(
      () => this.driver.executeScript('return window.outcomes[arguments[0]]', place),
      'the answer of loginWithPopup',
      { timeoutMs: 20_000 },
    );
  }

  /** Waits until there are no more windows than before. */
  async gone() {
    await waitFor(
      async () => (await this.driver.getAllWindowHandles()).length === this.known.length,
      'the popup to be closed',
    );
  }
}
