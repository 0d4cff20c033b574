/**
 * What a second server may do that the app uses as well: `world.other`, which keeps the rules but for these. It may send the
 * browser on to the first one, and hopes to be given what comes from there.
 */

/** Whoever comes to sign in at the other server is sent on to the first one, with the same `state` and challenge. */
const forwards = (more = {}) => ({
  authorization: (right, { provider, world, query }) => {
    if (provider !== world.other) return undefined;
    const url = new URL(`${world.provider.issuer}/authorize`);
    url.search = new URLSearchParams({ ...query, ...more });
    return { ...right, headers: { location: url.href } };
  },
});

export const mixUp = {
  'own-mix-up-with-issuer': () => forwards(),
  'own-mix-up-own-redirect-uri': (world) => {
    world.provider.namesItself = false;
    return forwards({ redirect_uri: world.redirectUri });
  },
  'own-mix-up-without-issuer': (world) => {
    for (const provider of [world.provider, world.other]) provider.namesItself = false;
    return forwards();
  },
  'own-mix-up-id-token': () => {
    let theirs;
    return {
      // The first server's own, for the same client: the last sign-in's.
      idToken: (_, { provider, world }) => {
        if (provider === world.other)
          theirs = [...world.journal.secrets].findLast(([, kind]) => kind === 'ID token')[0];
      },
      token: ({ json }, { provider, world }) => {
        if (provider === world.other) json.id_token = theirs;
      },
    };
  },
  'own-mix-up-keys': () => ({
    discovery: ({ json }, { provider, world }) => {
      if (provider === world.other) json.jwks_uri = `${world.provider.issuer}/jwks`;
    },
  }),
  'own-mix-up-metadata': () => ({
    discovery: ({ json }, { provider, world }) => {
      if (provider === world.other) json.issuer = world.provider.issuer;
    },
  }),
};
