/** Authorization responses that are not what the server should send, or not for whom they come to. */
import assert from 'node:assert/strict';
import { AppPage } from './support/app-page.mjs';
import { openBrowser } from './support/browser.mjs';
import { describeHostile, OTHER_CLIENT_ID } from './support/hostile.mjs';
import { Tab } from './support/tabs.mjs';

describeHostile('the authorization response', (hostile, scene) => {
  hostile('H11');
  hostile(
    'fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-missing-state-fails',
  );
  hostile('H12');
  hostile('fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-state-fails');
  hostile('H14');
  hostile('fapi2-security-profile-final-client-test-invalid-authorization-response-iss');
  hostile('H15');
  hostile('fapi2-security-profile-final-client-test-remove-authorization-response-iss');
  hostile('H17');
  hostile('H18', undefined, {
    check: ({ oauth }) => assert.equal(oauth.error_description, '<script>window.e2e.hacked = true</script>'),
  });
  hostile('H19');
  hostile('H20');
  hostile('own-callback-error-direction', undefined, {
    check: ({ oauth }) => assert.equal(oauth.error_description, 'Everything is fine. Call 555-0100'),
  });
  const noLink = { check: ({ oauth }) => assert.equal(oauth.error_uri, undefined) };
  hostile('own-callback-error-uri-script', undefined, noLink);
  hostile('own-callback-error-uri-data', undefined, noLink);
  hostile('own-callback-error-long', undefined, {
    check: ({ oauth }) => assert.ok(oauth.error.length + oauth.error_description.length <= 1000),
  });
  hostile('own-callback-code-twice');
  hostile('own-callback-other-code-first');
  hostile('own-callback-code-in-disguise');
  hostile('own-callback-state-twice');
  hostile('own-callback-issuer-twice');
  hostile('own-callback-two-question-marks');
  hostile('own-callback-question-mark-first');
  hostile('own-callback-semicolons');
  // The code that was read goes to its endpoint, as it was read.
  hostile('own-callback-encoded-ampersand', undefined, { says: false });
  hostile('own-callback-code-injected', undefined, { says: false });
  hostile('own-callback-code-injected-without-pkce', undefined, { says: false });
  hostile('own-callback-encoded-whole');
  hostile('own-callback-encoded-twice');
  hostile('own-callback-fragment');
  hostile('own-callback-issuer-slash');
  hostile('own-callback-issuer-case');
  hostile('own-callback-issuer-empty');
  hostile('own-callback-state-space');
  hostile('own-callback-state-null');
  hostile('own-callback-invalid-utf-8');
  hostile('own-callback-id-token');
  hostile('own-callback-prototype');
  hostile('own-callback-other-path');

  /** The URL by which the last sign-in came back. */
  const lastUrl = async () => (await scene.page.seen()).opened.url;

  hostile('H13', async () => {
    assert.equal(await scene.signIn(), 'accepted');
    const url = await lastUrl();
    scene.person = await scene.subject();
    scene.startAgain();
    return scene.handle(url);
  });
  hostile('own-callback-twice-at-once', async () => {
    const url = await scene.callbackUrl();
    const outcomes = await scene.page.run(
      (given) =>
        Promise.all(
          [1, 2].map(() =>
            window.auth.handleRedirectCallback(given).then(
              () => 'accepted',
              ({ code }) => code,
            ),
          ),
        ),
      url,
    );
    assert.deepEqual(outcomes.toSorted(), ['accepted', 'state_unknown']);
    return 'accepted';
  });
  hostile('own-callback-other-tab', async () => {
    const url = await scene.callbackUrl();
    const handle = await scene.page.driver.getWindowHandle();
    const tab = await Tab.open(scene.page, scene.options());
    await tab.driver.get(url);
    await tab.ready();
    const { error, callback } = await tab.seen();
    await tab.close();
    await scene.page.driver.switchTo().window(handle);
    return error?.code ?? (callback.handled ? 'accepted' : 'ignored');
  });
  hostile('own-callback-other-browser', async () => {
    const url = await scene.callbackUrl();
    const browser = await openBrowser();
    try {
      const page = new AppPage(browser.driver, scene);
      await page.useOptions(scene.options());
      scene.startAgain();
      await page.driver.get(url);
      await page.ready();
      return (await page.seen()).error?.code ?? 'accepted';
    } finally {
      await browser.close();
    }
  });
  hostile('own-callback-other-client', async () => {
    const url = await scene.callbackUrl();
    scene.startAgain();
    return scene.page.run(
      async (options, given) => {
        const other = await window.e2e.createAuthClient(options);
        return other
          .handleRedirectCallback(given)
          .then(
            () => 'accepted',
            ({ code }) => code,
          )
          .finally(() => other.close());
      },
      scene.options({ clientId: OTHER_CLIENT_ID }),
      url,
    );
  });
  hostile('own-callback-huge', async () => {
    const url = await scene.callbackUrl();
    scene.startAgain();
    const padding = 'x'.repeat(1_000_000);
    return scene.handle(url.replace('state=', `state=${padding}`));
  });
});
