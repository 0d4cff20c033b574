/** Servers and their DPoP nonces (RFC 9449). */
import assert from 'node:assert/strict';
import { describeHostile } from './support/hostile.mjs';

describeHostile(
  'DPoP',
  (hostile, scene) => {
    const signInAndCall = async () => {
      const outcome = await scene.signIn();
      return outcome === 'accepted' ? scene.callWithRefresh() : outcome;
    };
    hostile('fapi2-security-profile-final-client-test-happy-path-no-dpop-nonce', signInAndCall);
    hostile('fapi2-security-profile-final-client-test-happy-path', signInAndCall);
    hostile('H65', signInAndCall);
    hostile('H66', signInAndCall);
    hostile('fapi2-security-profile-final-client-test-token-type-case-insensitivity', signInAndCall);
    hostile('fapi2-security-profile-final-client-test-rs-dpop-auth-scheme-case-insensitivity', () =>
      scene.call(),
    );
    hostile('H68');
    hostile('H69');
    hostile('H70');
    hostile('H71', async () => {
      for (const outcome of [await scene.call(), await scene.callWithRefresh()])
        assert.equal(outcome, 'accepted');
      const identifiers = scene.world.proofs.seen.map(({ claims }) => claims.jti);
      assert.equal(new Set(identifiers).size, identifiers.length);
      return 'accepted';
    });
    // At most one repetition, by which the code or the token goes once more to where it went.
    hostile('own-dpop-nonce-for-ever', undefined, { says: false });
    hostile('own-dpop-nonce-for-ever-at-the-api', () => scene.call(), { says: false });
    hostile('own-dpop-nonce-long', signInAndCall, { says: false });
    hostile('own-dpop-nonce-quotes', signInAndCall, { says: false });
    hostile('own-dpop-nonce-latin', signInAndCall, { says: false });
    hostile('own-dpop-nonce-line-break', undefined, { says: false });
    hostile('own-dpop-proof-refused', undefined, { says: false });
  },
  { options: { dpop: 'required' } },
);
