/** What the token endpoint may answer to a refresh token. */
import { badManners, jsonAnswer, redirection } from '../answers.mjs';
import { makeKey } from '../keys.mjs';

const says = (change) => () => ({ refresh: ({ json }, context) => void change(json, context) });
/** The same, and the server takes the refresh token again, since nothing of such an answer can be used. */
const spoils = (change) => () => ({
  refresh: ({ json }, { world, form }) => {
    world.grants.giveBack(form.refresh_token);
    change(json);
  },
});
const sends = (answer) => () => ({ refresh: answer });
/** The ID token; the server takes the refresh token again, since nothing of such an answer can be used. */
const draft = (change) => () => ({
  refreshedIdToken: (made, { world, form }) => {
    world.grants.giveBack(form.refresh_token);
    return change(made);
  },
});
const claims = (change) => draft((made) => void change(made.claims));
/** Once; the second try is answered well. */
const once = (answer) => () => {
  let isOver = false;
  return {
    refresh(right, context) {
      if (isOver) return undefined;
      isOver = true;
      // It was not taken, so it is still good.
      context.world.grants.giveBack(context.form.refresh_token);
      return answer(right, context);
    },
  };
};
const refuses = (error, status = 400) =>
  sends((right, { world, form }) => {
    if (error !== 'invalid_grant') world.grants.giveBack(form.refresh_token);
    return { ...right, status, json: { error } };
  });

export const refresh = {
  H56: says(() => {}),
  'oidcc-client-test-refresh-token': says(() => {}),
  H57: () => ({
    refresh: ({ json }, { world, form }) => {
      world.grants.giveBack(form.refresh_token);
      json.refresh_token = form.refresh_token;
    },
  }),
  'H57-omitted': () => ({
    refresh: ({ json }, { world, form }) => {
      world.grants.giveBack(form.refresh_token);
      delete json.refresh_token;
    },
  }),
  H58: () => ({
    refresh: (_, { world, form }) => {
      world.grants.revoke(form.refresh_token);
      return {
        ...jsonAnswer({ error: 'invalid_grant' }, 400),
        headers: { 'access-control-allow-origin': '*' },
      };
    },
  }),
  H60: claims((given) => (given.sub = 'eve')),
  'oidcc-client-test-refresh-token-invalid-sub': claims((given) => (given.sub = 'eve')),
  'H60-issuer': claims((given) => (given.iss += '1')),
  'oidcc-client-test-refresh-token-invalid-issuer': claims((given) => (given.iss += '1')),
  H62: refuses('invalid_grant', 403),
  H63: refuses('interaction_required'),
  'H63-login': refuses('login_required'),
  H64: says(() => {}),
  'own-refresh-audience': claims((given) => (given.aud = 'another-app')),
  'own-refresh-nonce': claims((given) => (given.nonce = 'of-another-sign-in')),
  'own-refresh-unsigned': draft((made) => {
    made.header.alg = 'none';
    made.finish = (token) => token.replace(/[^.]*$/, '');
  }),
  'own-refresh-other-key': draft(async (made) => {
    made.key = await makeKey('ES256');
  }),
  'own-refresh-redirect': once((_, { world, request }) => ({
    ...redirection(`${world.evil.origin}/token`, 307),
    headers: {
      location: `${world.evil.origin}/token`,
      'access-control-allow-origin': request.headers.origin,
    },
  })),
  'own-refresh-no-cors': once((right) => ({
    ...right,
    headers: { ...right.headers, 'access-control-allow-origin': 'https://evil.example' },
  })),
  'own-refresh-cut': once(badManners.cut),
  'own-refresh-html': once((right) => ({
    ...right,
    headers: { ...right.headers, 'content-type': 'text/html' },
    body: '<h1>Sign in to the network</h1>',
  })),
  'own-refresh-nested': once((right) => ({ ...right, body: `${'['.repeat(200_000)}${']'.repeat(200_000)}` })),
  'own-refresh-header-injection': spoils((json) => (json.access_token += '\r\nX-Evil: 1')),
  'own-refresh-type': spoils((json) => (json.token_type = 'MAC')),
  'own-refresh-quotes-secret': sends((right, { world, form }) => {
    world.grants.giveBack(form.refresh_token);
    return {
      ...right,
      status: 400,
      json: { error: 'invalid_scope', error_description: `not for ${form.refresh_token}` },
    };
  }),
  'own-refresh-error-script': sends((right, { world, form }) => {
    world.grants.giveBack(form.refresh_token);
    const error_uri = 'javascript:void(window.e2e.hacked = true)';
    return {
      ...right,
      status: 400,
      json: { error: 'invalid_scope', error_description: '<b>\u202e', error_uri },
    };
  }),
};
