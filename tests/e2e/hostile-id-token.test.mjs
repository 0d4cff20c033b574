/** ID tokens of which the browser's own verification has to say something. The claims are for the host's tests. */
import { describeHostile } from './support/hostile.mjs';

describeHostile('the ID token', (hostile) => {
  hostile('oidcc-client-test-idtoken-sig-rs256');
  hostile('own-id-token-ps256');
  hostile('own-id-token-eddsa');
  hostile('own-id-token-signature-by-another-rsa-key');
  hostile('own-id-token-signature-by-another-ec-key');
  hostile('own-id-token-other-person');
  hostile('own-id-token-signature-empty');
  hostile('own-id-token-signature-zero');
  hostile('own-id-token-signature-of-der');
  hostile('own-id-token-key-in-header');
  hostile('own-id-token-key-from-elsewhere');
  hostile('own-id-token-of-other-code');
  hostile('own-id-token-other-access-token');
});
