/** The React example, built with React 19 and with 18, and what the provider and the hooks do in each. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { browserName } from '../e2e/support/browser.mjs';
import { tokenRequests } from '../e2e/support/world.mjs';
import {
  ExamplePage,
  exampleSettings,
  serveBuilt,
  startExampleWorld,
  walkThroughExample,
} from './support/example.mjs';
import { layOutProject } from './support/project.mjs';

const VERSIONS = [
  ['19', {}],
  [
    '18',
    {
      react: '18.3.1',
      'react-dom': '18.3.1',
      '@types/react': '18.3.28',
      '@types/react-dom': '18.3.7',
    },
  ],
];

/** What each case of react/cases.tsx answers. */
const CASES = {
  startsOnce: { made: 1, told: 1, callbacks: 1, logins: 0 },
  sharesTheCallback: { told: 1 },
  reportsMistakes: ['mistaken'],
  keepsTheClient: { made: 1, callbacks: 1, logins: 0 },
  rendersForChangesOnly: {
    whileNothingChanged: 0,
    whileOthersChange: 0,
    answers: 3,
    fetches: 1,
    logins: 1,
    names: ['Ada Lovelace', 'Ada King'],
  },
  suspends: { made: 1, told: ['/'], callbacks: 1, logins: 0 },
  suspendsBelowTheProvider: { made: 1, callbacks: 1, logins: 0 },
  suspendsForEver: {
    thrown:
      'thrown: AuthProvider got another `client` each time: make it outside of components, or give a `fallback`.',
    made: true,
  },
  fails: { rejected: true },
  misses: 'thrown: There is no <AuthProvider> above.',
  requiresLogin: {
    waiting: '1 2',
    asked: [{ returnTo: '/one' }],
    callbacks: 1,
    logins: 1,
    name: 'withAuthenticationRequired(Name)',
  },
  requiresNoLoginAfterAnError: { callbacks: 1, logins: 0 },
  requiresLoginInVain: { callbacks: 1, logins: 1, unhandled: 0 },
  requiresNoLoginAfterALogout: { loginsAfterLogout: 0, shown: 'waiting' },
  requiresLoginAgain: { callbacks: 1, logins: 2 },
  hydrates: {
    rendered: 'loading one moment',
    complaints: [],
    callbacks: 1,
    logins: 0,
  },
};

const ownFile = (name) => readFileSync(new URL(`react/${name}`, import.meta.url), 'utf8');

for (const [version, dependencies] of VERSIONS) {
  describe(`the example with React ${version} (${browserName})`, () => {
    let world;
    let site;
    let project;
    let page;
    before(async () => {
      world = await startExampleWorld();
      page = new ExamplePage(world);
      project = await layOutProject(`react-${version}`, {
        from: 'www/examples/react',
        files: {
          'src/settings.ts': exampleSettings(world),
          'src/cases.tsx': ownFile('cases.tsx'),
          'src/played-client.ts': ownFile('played-client.ts'),
          'cases.html': ownFile('cases.html'),
          'server.mjs': ownFile('server.mjs'),
          'vite.cases.config.js': ownFile('vite.cases.config.js'),
        },
        dependencies,
      });
      await project.run('vite', ['build', '--config', 'vite.cases.config.js', '--logLevel', 'error']);
      site = await serveBuilt(world, path.join(project.folder, 'dist'));
    });
    after(async () => {
      await site?.close();
      await world?.close();
    });
    const codeRequests = () => tokenRequests(world.provider, 'authorization_code').length;

    it('compiles, strictly', () => project.run('tsc', []));

    it("passes the tests of its components, with holdfast/testing's client", async () => {
      const output = await project.run('npm', ['test'], { env: { NO_COLOR: '1', FORCE_COLOR: '0' } });
      assert.match(output, /Tests\s+6 passed \(6\)/);
    });

    it('is rendered on a server', async () => {
      assert.match(await project.run('node', ['server.mjs']), /rendered on a server/);
    });

    walkThroughExample(it, () => world, { place: '/?tab=1' });

    /** Opens a place that needs somebody signed in, and signs in. */
    async function signInFor(place) {
      const before = tokenRequests(world.provider, 'authorization_code').length;
      await page.open(place);
      await page.typeCredentials();
      await page.untilShown('status', 'signed in');
      assert.equal(await world.driver.getCurrentUrl(), world.origin + place);
      assert.equal(tokenRequests(world.provider, 'authorization_code').length, before + 1);
    }

    async function signOut() {
      await page.click('sign-out');
      await page.confirmSignOut();
      await page.untilShown('status', 'signed out');
    }

    const runCase = (name) =>
      world.driver.executeAsyncScript(
        `const done = arguments[1];
         window.cases[arguments[0]]().then((value) => done({ value }), (error) => done({ error: error.stack }));`,
        name,
      );

    it('leads from a loader that needs somebody signed in to the sign-in, and back', async () => {
      await signInFor('/report?tab=2');
      await page.untilShown('report', 'A report for ada.lovelace');
      await signOut();
    });

    it('leads from a component that needs somebody signed in to the sign-in, and back', async () => {
      await signInFor('/account?tab=3#there');
      await page.untilShown('subject', 'ada.lovelace');
    });

    it('renders nothing anew when a token is renewed', async () => {
      await world.untilExpired(world.secrets.last('access token'));
      await page.open('/cases.html');
      const expected = { status: 200, refreshes: 1, renders: 0 };
      assert.deepEqual(await runCase('rendersNothingForARefresh'), { value: expected });
      await page.open('/');
      await signOut();
    });

    it('shows a sign-in that was refused, and goes nowhere', async () => {
      await page.open('/callback?error=access_denied&state=unknown');
      await page.untilShown('status', 'signed out');
      assert.match(await page.text('error'), /state/);
      assert.equal(await world.driver.getCurrentUrl(), `${world.origin}/callback`);
    });

    describe('case', () => {
      before(() => page.open('/cases.html'));
      for (const [name, expected] of Object.entries(CASES)) {
        it(name, async () => assert.deepEqual(await runCase(name), { value: expected }));
      }
    });
  });
}
