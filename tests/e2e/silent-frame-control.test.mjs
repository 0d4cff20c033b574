/**
 * The control of the comparison with renewal in a hidden iframe (`prompt=none`): it works in this very set-up where the browser
 * sends third-party cookies, so where it fails, the browser's rule is the reason. Beside each: holdfast, in the same browser.
 *
 * The app is http://localhost, the server http://127.0.0.1: two sites. The server's session cookie is `SameSite=None`; with
 * `Lax`, the default of many servers, the frame fails everywhere (the last test). Chromium and Firefox want `Secure` beside it, and
 * take that from a loopback address; WebKit takes no Secure cookie over http, and asks for none.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { waitFor } from './support/wait.mjs';
import { CLIENT_ID, startWorld } from './support/world.mjs';

const RENEWED = 'renewed';
const REFUSED = 'login_required';
const SILENT_CALLBACK = '/silent-callback.html';
const cookieControls = (mode) => ({ prefs: { 'profile.cookie_controls_mode': mode } });

/** What each browser does in which set-up; the first one allows third-party cookies. */
const setUps = {
  chromium: [
    // The modes: 1 blocks third-party cookies everywhere, 2 in Incognito windows. Google Chrome comes with 2, Debian's Chromium with 1.
    { name: 'third-party cookies allowed', browser: cookieControls(2), frame: RENEWED },
    { name: 'third-party cookies blocked', browser: cookieControls(1), frame: REFUSED },
    { name: 'Incognito', browser: { ...cookieControls(2), args: ['--incognito'] }, frame: REFUSED },
    {
      name: 'the phase-out of third-party cookies, by flag',
      browser: { ...cookieControls(2), args: ['--test-third-party-cookie-phaseout'] },
      frame: REFUSED,
    },
  ],
  firefox: [
    {
      name: 'without cookie partitioning',
      browser: { prefs: { 'network.cookie.cookieBehavior': 0 } },
      frame: RENEWED,
    },
    // Total Cookie Protection, with the exception that the last test of each set-up shows.
    { name: 'as shipped', browser: {}, frame: REFUSED, exception: RENEWED },
    {
      name: 'private browsing',
      browser: { prefs: { 'browser.privatebrowsing.autostart': true } },
      frame: REFUSED,
      exception: RENEWED,
    },
  ],
  webkit: [
    { name: 'without ITP', browser: { trackingPrevention: false }, frame: RENEWED },
    { name: 'with ITP', browser: {}, frame: REFUSED },
  ],
}[browserName];

const openWorld = (sessionCookie) =>
  startWorld({
    provider: { accessTokenSeconds: 2, sessionCookie },
    redirectPaths: ['/callback', SILENT_CALLBACK],
  });
const cookieForFrames = { sameSite: 'none', secure: browserName !== 'webkit' };

/** Signs in at the server where the app had no part in it: as for another app, or days ago. */
async function signInAtTheServer(page, world) {
  const request = new URLSearchParams({
    client_id: CLIENT_ID,
    redirect_uri: world.siteOrigin + SILENT_CALLBACK,
    response_type: 'code',
    scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', // of RFC 7636, appendix B
    code_challenge_method: 'S256',
  });
  await page.driver.get(`${world.issuer}/auth?${request}`);
  await page.typeCredentials();
  await waitFor(
    async () => (await page.driver.getCurrentUrl()).startsWith(world.siteOrigin),
    'the server to have signed the person in',
  );
}

/** The renewal in a hidden frame: 'renewed', or the server's error. */
async function renewInFrame(page, world) {
  const settings = {
    issuer: world.issuer,
    clientId: CLIENT_ID,
    redirectUri: world.siteOrigin + SILENT_CALLBACK,
    scope: 'openid profile',
  };
  const { tokens, error } = await page.run(async (given) => {
    const { renewSilently } = await import('/silent-frame.js');
    return renewSilently(given);
  }, settings);
  return tokens?.includes('access_token') ? RENEWED : error;
}

/** Opens the app after a sign-in at the server in which it had no part. */
async function openApp(world, browser) {
  const page = await world.openPage(browser);
  await signInAtTheServer(page, world);
  await page.useOptions(world.options());
  await page.open('/');
  return page;
}

for (const { name, browser, frame, exception = frame } of setUps) {
  describe(`renewal in a hidden frame, beside holdfast: ${name} (${browserName})`, () => {
    let world;
    let page;
    before(async () => {
      world = await openWorld(cookieForFrames);
      page = await openApp(world, browser);
    });
    after(() => world?.close());

    it(`the frame: ${frame}`, async () => {
      assert.equal(await renewInFrame(page, world), frame);
    });

    it('holdfast signs in by the session at the server, without a question, and outlives its token', async () => {
      const { askedForCredentials } = await page.signIn();
      assert.equal(askedForCredentials, false, 'the session that the frame could not show is there');
      await world.untilExpired(world.secrets.last('access token'));
      const before = world.refreshes().length;
      const status = await page.run(
        async (url) => (await window.auth.fetch(url)).status,
        `${world.apiOrigin}/me`,
      );
      assert.equal(status, 200);
      assert.equal(world.refreshes().length, before + 1);
      assert.equal(await renewInFrame(page, world), frame, 'and the frame is where it was');
    });

    it('after a sign-out at the server the frame is refused, whatever the browser allows', async () => {
      await page.signOut();
      assert.equal(await renewInFrame(page, world), REFUSED);
    });

    it(`the frame right after the app sent the person to the server, where they typed: ${exception}`, async () => {
      // Where the person went from the app to the server, did something there, and came back, Firefox lets frames of the
      // server have their cookies in this app (privacy.restrict3rdpartystorage.heuristic.navigation), for 30 days: no app
      // can count on it.
      const { askedForCredentials } = await page.signIn();
      assert.ok(askedForCredentials);
      assert.equal(await renewInFrame(page, world), exception);
    });
  });
}

describe(`renewal in a hidden frame with a cookie that is SameSite=Lax (${browserName})`, () => {
  let world;
  after(() => world?.close());

  it('is refused even where third-party cookies are allowed', async () => {
    world = await openWorld({ sameSite: 'lax', secure: false });
    const page = await openApp(world, setUps[0].browser);
    assert.equal(await renewInFrame(page, world), REFUSED);
  });
});
