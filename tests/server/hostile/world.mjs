/**
 * The servers of a hostile world: a provider, an API that takes its tokens, another provider that the app may use as well, and
 * an evil server to which nothing secret may ever come. All keep the rules, but for the one mutation that is switched on.
 */
import { listen } from '../listen.mjs';
import { corsFor, jsonAnswer, readBody, sendAnswer } from './answers.mjs';
import { Grants } from './grants.mjs';
import { Journal } from './journal.mjs';
import { mutations } from './mutations.mjs';
import { createProofs } from './proofs.mjs';
import { startHostileProvider } from './provider.mjs';

/**
 * @param {object} options
 * @param {Record<string, string[]>} options.clients  redirect URIs by client id
 * @param {{ provider?: number, api?: number, evil?: number, other?: number }} [options.ports]  0 or absent: a free one
 * @param {(entry: object) => void} [options.onRequest]  told of each request
 */
export async function startHostileWorld({ clients, ports = {}, onRequest }) {
  const journal = new Journal(onRequest);
  const grants = new Grants(journal);
  let hooks = {};
  const world = {
    journal,
    grants,
    proofs: createProofs(),
    /** Where in the journal the mutation showed first; `undefined` as long as nobody has met it. */
    metAt: undefined,
    /** Whether browsers that come to sign in stay where they are; `held` is where the last one should have gone. */
    holds: false,
    held: undefined,
    /** Switches a mutation on, in place of the last one. Without a name: all keep the rules. */
    mutate(name) {
      if (name && !Object.hasOwn(mutations, name)) throw new Error(`there is no mutation "${name}"`);
      hooks = name ? mutations[name](world) : {};
      world.metAt = undefined;
      if (name) return;
      world.proofs.nonce = undefined;
      for (const provider of [world.provider, world.other]) provider.namesItself = true;
    },
    /** The answer that is sent in the place of the right one. */
    async change(hook, right, context) {
      const changed = hooks[hook] && (await hooks[hook](right, { world, ...context }));
      if (hooks[hook]) world.metAt ??= journal.entries.length;
      const given = changed ?? right;
      const isOnItsWay =
        hook === 'authorization' && !given.headers.location.startsWith(world.provider.issuer);
      if (!world.holds || !isOnItsWay) return given;
      // The browser stays where it is.
      world.held = given.headers.location;
      return { status: 204, headers: {} };
    },
    async close() {
      for (const server of [world.provider, world.other, world.api, world.evil]) await server?.close();
    },
  };
  world.evil = await startEvil(world, ports.evil ?? 0);
  world.api = await startApi(world, ports.api ?? 0);
  world.provider = await startHostileProvider({ port: ports.provider ?? 0, clients, world });
  world.other = await startHostileProvider({
    port: ports.other ?? 0,
    clients,
    world,
    name: 'other provider',
    grants: new Grants(journal, 'other'),
  });
  return world;
}

/** Takes everything, answers everything. */
async function startEvil(world, port) {
  return listen(
    async (request, response) => {
      const body = await readBody(request);
      world.journal.keep('evil', request, body);
      sendAnswer(response, {
        status: 200,
        headers: { ...corsFor(request), 'content-type': 'application/json' },
        body: '{}',
      });
    },
    { port, host: '127.0.0.1' },
  );
}

/** Says who is asking: `{ sub }`. Each call is answered with 401 `invalid_token` where the token is none of the provider's. */
async function startApi(world, port) {
  const api = await listen(
    async (request, response) => {
      if (request.method === 'OPTIONS') return response.writeHead(204, corsFor(request)).end();
      const entry = world.journal.keep('API', request, await readBody(request));
      const [, scheme, token] = /^(\w+) (.*)$/.exec(request.headers.authorization ?? '') ?? [];
      entry.token = token;
      const right = verdict(request, scheme, token);
      right.headers = { ...corsFor(request), ...right.headers };
      if (world.proofs.nonce) right.headers['dpop-nonce'] = world.proofs.nonce;
      return sendAnswer(response, await world.change('api', right, { request, token }));
    },
    { port, host: '127.0.0.1' },
  );
  return api;

  function verdict(request, scheme, token) {
    const family = world.grants.familyOf(token);
    const refused = jsonAnswer({ error: 'invalid_token' }, 401);
    refused.headers['www-authenticate'] = `${scheme ?? 'Bearer'} error="invalid_token"`;
    if (!family) return refused;
    if (!family.jkt) return jsonAnswer({ sub: family.person });
    const url = api.origin + request.url.split('?')[0];
    const { error, jkt } = world.proofs.check({ request, url, accessToken: token });
    if (!error && jkt === family.jkt) return jsonAnswer({ sub: family.person });
    refused.headers['www-authenticate'] = `DPoP error="${error ?? 'invalid_token'}"`;
    return refused;
  }
}
