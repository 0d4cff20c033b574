/**
 * The hostile servers by themselves, to point any client at:
 *
 *     HOLDFAST_HOSTILE=H24 node tests/server/hostile/start.mjs http://localhost:5173/callback
 *
 * The argument is the redirect URI; `HOLDFAST_HOSTILE` names what the servers do, nothing wrong where it is absent. Prints what
 * the client has to know, and then each request, with the secrets that were in it.
 */
import { mutations } from './mutations.mjs';
import { startHostileWorld } from './world.mjs';

const { HOLDFAST_HOSTILE: name } = process.env;
const [redirectUri = 'http://localhost:5173/callback'] = process.argv.slice(2);
if (name && !Object.hasOwn(mutations, name)) {
  console.error(`There is no "${name}". There are: ${Object.keys(mutations).join(', ')}`);
  process.exit(1);
}

const world = await startHostileWorld({
  clients: { app: [redirectUri] },
  ports: { provider: 9100, api: 9101, evil: 9102, other: 9103 },
  onRequest: ({ server, method, path, secrets }) =>
    console.log(`${server}: ${method} ${path}${secrets.length ? ` (${secrets.join(', ')})` : ''}`),
});
world.mutate(name);
console.log(`issuer        ${world.provider.issuer}
client id     app (public, no secret)
redirect URI  ${redirectUri}
API           ${world.api.origin}/me
evil server   ${world.evil.origin}, to which nothing secret may come
wrong is      ${name ?? 'nothing'}
`);
