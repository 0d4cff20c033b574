/**
 * The two attacks of RFC 10017 that no library in the browser can stop, shown to work: what the documentation says of them is
 * as well tested as the rest.
 */
import assert from 'node:assert/strict';
import { describeAttacks } from './support/attacks.mjs';
import { browserName } from './support/browser.mjs';
import { CLIENT_ID } from './support/world.mjs';
import { waitFor } from './support/wait.mjs';

const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'; // of RFC 7636, appendix B
const CALLBACK = '/silent-callback.html';

/** Browsers as they are where third-party cookies are allowed. What each does as shipped: silent-frame-control.test.mjs. */
const browser = {
  chromium: { prefs: { 'profile.cookie_controls_mode': 2 } },
  firefox: { prefs: { 'network.cookie.cookieBehavior': 0 } },
  webkit: { trackingPrevention: false },
}[browserName];

const settings = {
  // The probe's own place in the middle of messages would be in the way of the frame's.
  page: '/attacked-unseen.html',
  isSeen: false,
  browser,
  redirectPaths: ['/callback', CALLBACK],
  provider: { sessionCookie: { sameSite: 'none', secure: browserName !== 'webkit' } },
};

describeAttacks(
  'what cannot be stopped',
  (attack) => {
    attack("calls through the app's own auth.fetch (RFC 10017 section 5.1.4)", async ({ page, world }) => {
      const taken = await page.run(async (url) => {
        const response = await window.auth.fetch(url);
        return [response.status, await response.text()];
      }, `${world.apiOrigin}/me`);
      assert.match(taken[1], /ada/i);
      return `works: ${taken[0]}, with the person's data`;
    });

    attack(
      'a new flow at top level, by the session at the server (RFC 10017 section 5.1.3)',
      async ({ page, world }) => {
        const redirectUri = world.siteOrigin + CALLBACK;
        const request = new URLSearchParams({
          client_id: CLIENT_ID,
          redirect_uri: redirectUri,
          response_type: 'code',
          scope: 'openid profile email offline_access',
          code_challenge: CHALLENGE,
          code_challenge_method: 'S256',
          prompt: 'none',
        });
        await page.run(
          (url) => void setTimeout(() => location.assign(url)),
          `${world.issuer}/auth?${request}`,
        );
        await waitFor(
          async () => (await page.driver.getCurrentUrl()).startsWith(`${redirectUri}?`),
          'the server to send the browser back',
        );
        const code = new URL(await page.driver.getCurrentUrl()).searchParams.get('code');
        await page.open('/start');
        const loot = await page.run(
          async (endpoint, form) => {
            const response = await fetch(endpoint, { method: 'POST', body: new URLSearchParams(form) });
            return Object.keys(await response.json());
          },
          `${world.issuer}/token`,
          {
            grant_type: 'authorization_code',
            client_id: CLIENT_ID,
            redirect_uri: redirectUri,
            code,
            code_verifier: VERIFIER,
          },
        );
        return loot.includes('access_token') ? 'works: the attacker has tokens of its own' : loot.join();
      },
      // The app's page may be in the back/forward cache, and have its session there.
      { isTheft: true, endsSession: true },
    );

    attack(
      'a new flow in a hidden frame, by the session at the server (RFC 10017 section 5.1.3)',
      async ({ page, world }) => {
        const outcome = await page.run(
          async (given) => {
            const { renewSilently } = await import('/silent-frame.js');
            return renewSilently(given);
          },
          {
            issuer: world.issuer,
            clientId: CLIENT_ID,
            redirectUri: world.siteOrigin + CALLBACK,
            scope: 'openid profile email offline_access',
          },
        );
        return outcome.tokens ? 'works: the attacker has tokens of its own' : outcome.error;
      },
      { isTheft: true },
    );
  },
  settings,
);
