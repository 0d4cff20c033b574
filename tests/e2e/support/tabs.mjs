/** Further tabs of one browser: each is driven like the first, and comes to the front when it is. */
import { AppPage } from './app-page.mjs';

/** A tab of its own. Where it was not in front, each method brings it there first. */
export class Tab extends AppPage {
  #handle;

  constructor({ driver, world }, handle) {
    super(driver, world);
    this.#handle = handle;
  }

  /** Opens a tab, and the app in it with these options of createAuthClient. */
  static async open(page, options, path = '/') {
    await page.driver.switchTo().newWindow('tab');
    const tab = new Tab(page, await page.driver.getWindowHandle());
    await tab.useOptions(options);
    await tab.open(path);
    return tab;
  }

  focus() {
    return this.driver.switchTo().window(this.#handle);
  }

  /** Goes to another document and lets the browser keep this one for the way back. */
  async leaveFor(path) {
    await this.run(() => {
      window.shown = [];
      addEventListener('pageshow', ({ persisted }) => window.shown.push(persisted ? 'restored' : 'loaded'));
    });
    await this.open(path);
  }

  /** Back to where `leaveFor` was called; answers whether the page came out of the back/forward cache. */
  async back() {
    await this.focus();
    await this.driver.navigate().back();
    await this.ready();
    return this.run(() => window.shown?.includes('restored') === true);
  }

  /** Closes the tab, as a person does. */
  async close() {
    await this.focus();
    await this.driver.close();
    const [another] = await this.driver.getAllWindowHandles();
    if (another) await this.driver.switchTo().window(another);
  }
}

for (const name of ['useOptions', 'open', 'ready', 'run', 'seen', 'startSignIn', 'signIn', 'signOut']) {
  Tab.prototype[name] = async function (...args) {
    await this.focus();
    return AppPage.prototype[name].apply(this, args);
  };
}
