/** The tests' own page in the Angular app: see tests/ecosystem/angular/probe.ts. */
import { waitFor } from '../../e2e/support/wait.mjs';
import { ExamplePage } from './example.mjs';

export class AngularProbe {
  constructor({ driver, origin, issuer, options }) {
    Object.assign(this, { driver, origin, issuer, options });
  }

  /** Opens the page with these options of createAuthClient, nobody being signed in at the server. */
  async open(more) {
    const { driver, origin } = this;
    await new ExamplePage(this).forgetServerSession();
    const options = this.options({
      redirectUri: `${origin}/probe`,
      postLogoutRedirectUri: `${origin}/`,
      ...more,
    });
    if (more.assetsUrl === null) delete options.assetsUrl;
    // The example's escrow would be in charge here, too, where this page wants none.
    await driver.get(`${origin}/probe`);
    await driver.executeAsyncScript(
      `const [done] = arguments;
       navigator.serviceWorker.getRegistrations().then((all) => Promise.all(all.map((one) => one.unregister()))).then(done, done);`,
    );
    await driver.executeScript('sessionStorage.setItem("options", arguments[0])', JSON.stringify(options));
    await driver.get(`${origin}/probe`);
    return this.ready();
  }

  async signIn() {
    await this.driver.executeScript('void probe.login()');
    await new ExamplePage(this).typeCredentials();
    const found = await this.ready();
    if (!found.name) throw new Error(`nobody is signed in: ${found.error} ${found.message}`);
    return found;
  }

  /** Waits for the end of the start, and answers what it led to. */
  async ready() {
    const state = `const { auth, states } = globalThis.probe ?? {};
      return auth && !auth.isLoading() && { name: auth.user()?.name, error: auth.error()?.code, message: auth.error()?.message, states };`;
    return waitFor(() => this.driver.executeScript(state), 'the page of the tests', { timeoutMs: 30_000 });
  }

  /** What came of a unit (units.ts), each in a page of its own. */
  async unit(name) {
    await this.driver.get(`${this.origin}/probe`);
    await this.ready();
    const answer = await this.driver.executeAsyncScript(
      `const [name, done] = arguments;
       probe.units[name]().then((seen) => done({ seen }), (error) => done({ error: String(error.stack ?? error) }));`,
      name,
    );
    if (answer.error) throw new Error(answer.error);
    return answer.seen;
  }

  /** What was seen of a case, made one of the ways: `auth`, `fetch` or `xhr`. */
  async run(way, index, base) {
    const seen = await this.driver.executeAsyncScript(
      `const [way, index, base, done] = arguments;
       probe.run(way, index, base).then((seen) => done({ seen: JSON.stringify(seen) }), (error) => done({ error: String(error) }));`,
      way,
      index,
      base,
    );
    if (seen.error) throw new Error(seen.error);
    // The address is each call's own.
    return JSON.parse(seen.seen.replaceAll(base, 'BASE'));
  }
}
