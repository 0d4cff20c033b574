/** Metadata and keys that are not what they should be. Each case begins with a vault that knows nothing of the server. */
import { describeHostile } from './support/hostile.mjs';

describeHostile(
  'discovery',
  (hostile) => {
    hostile('oidcc-client-test-discovery-openid-config');
    hostile('H01');
    hostile('oidcc-client-test-discovery-issuer-mismatch');
    hostile('fapi2-security-profile-final-client-test-discovery-issuer-mismatch');
    hostile('H02');
    hostile('H03');
    hostile('H04');
    hostile('H04-number');
    hostile('H05');
    hostile('H06');

    hostile('own-discovery-gzip-bomb');
    hostile('own-discovery-gzip-that-is-none');
    hostile('own-discovery-utf-16');
    hostile('own-discovery-byte-order-mark');
    hostile('own-discovery-nested');
    hostile('own-discovery-issuer-twice');
    hostile('own-discovery-issuer-twice-evil-first');
    hostile('own-discovery-prototype');
    hostile('own-discovery-cut');
    hostile('own-discovery-empty');
    hostile('own-discovery-no-content');
    hostile('own-discovery-as-html');
    hostile('own-discovery-cookie');
    hostile('own-discovery-no-cors');
    hostile('own-discovery-script-endpoint');
    hostile('own-discovery-data-endpoint');
    hostile('own-discovery-user-in-endpoint');
    hostile('own-discovery-backslash-endpoint');
    hostile('own-discovery-control-character');
    hostile('own-discovery-relative-endpoint');
    hostile('own-discovery-plain-only');
  },
  { fresh: true },
);

describeHostile(
  'the key set',
  (hostile) => {
    // The code is on its way to its endpoint when the keys are asked for.
    const meanwhile = { says: false };
    hostile('own-discovery-keys-elsewhere', undefined, meanwhile);
    hostile('H07', undefined, meanwhile);
    hostile('H09');
    hostile('oidcc-client-test-signing-key-rotation-just-before-signing');
    hostile('oidcc-client-test-signing-key-rotation');
    hostile('oidcc-client-test-discovery-jwks-uri-keys');
    hostile('own-keys-symmetric', undefined, meanwhile);
    hostile('own-keys-many');
    hostile('own-keys-redirect', undefined, meanwhile);
    hostile('own-keys-not-a-list', undefined, meanwhile);
  },
  { fresh: true },
);

describeHostile(
  'discovery that takes its time',
  (hostile) => {
    hostile('own-discovery-silent');
    hostile('own-discovery-dripping');
  },
  { fresh: true, options: { httpTimeoutSeconds: 1 } },
);

describeHostile(
  'metadata that points elsewhere, under the policy that the docs recommend',
  (hostile) => {
    hostile('own-discovery-token-endpoint-elsewhere');
  },
  { fresh: true, options: { assetsUrl: '/holdfast/strict/' } },
);
