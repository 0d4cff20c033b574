/** What an API may answer to a call with a token. */
import { redirection } from '../answers.mjs';

const sends = (answer) => () => ({ api: answer });
const toEvil = (status) =>
  sends((right, { world }) => ({
    ...right,
    ...redirection(`${world.evil.origin}/me`, status),
    headers: { ...right.headers, location: `${world.evil.origin}/me` },
  }));
const refuses = (challenge, status = 401) =>
  sends((right) => {
    right.status = status;
    if (challenge === undefined) delete right.headers['www-authenticate'];
    else right.headers['www-authenticate'] = challenge;
  });
/** One refusal; then the new token is taken. */
const refusesOnce = (challenge) => () => {
  let refused;
  return {
    api: (right, { token }) => {
      refused ??= token;
      if (token !== refused) return;
      right.status = 401;
      if (challenge) right.headers['www-authenticate'] = challenge;
    },
  };
};

export const resource = {
  H73: refusesOnce(),
  'H73-challenge': refusesOnce('Bearer error="invalid_token"'),
  H75: refuses('Bearer error="insufficient_scope", scope="admin"', 403),
  H76: refuses('Bearer error="insufficient_user_authentication", acr_values="strong", max_age="5"'),
  H77: toEvil(302),
  'H77-307': toEvil(307),
  'own-api-redirect-followed': toEvil(302),
  H78: refuses('Bearer error="invalid_token"'),
  'own-api-challenge-huge': refuses(`Bearer error="invalid_token", x="${'y'.repeat(12_000)}"`),
  'own-api-challenge-many': refuses(Array(900).fill('Bearer a=b').join(', ')),
  'own-api-challenge-unfinished': refuses('Bearer error="invalid_token\\'),
  'own-api-challenge-other-scheme': refuses('Basic realm="evil", error="invalid_token"'),
  'own-api-challenge-smuggled': refuses(
    'Basic realm="x, Bearer error=\\"insufficient_user_authentication\\""',
  ),
  'own-api-acr-script': refuses(
    'Bearer error="insufficient_user_authentication", acr_values="<script>window.e2e.hacked = true</script>"',
  ),
  'own-api-cookie': sends((right) => {
    right.headers['set-cookie'] = 'evil=1';
    right.headers.refresh = '0; url=https://evil.example';
  }),
};
