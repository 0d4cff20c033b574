/**
 * The playground's side of the demo server: which profile the authorization server has, which faults are on, and what is told to
 * the pages about all of it. All of these actions are for the demo's own page only, as `startSite` sees to it.
 */
import { faults } from './playground-faults.mjs';
import { behaviourOf, profiles as known, scopeFor, sourceOf } from './profiles.mjs';
import { createRecord, watchApi, watchProvider } from './record.mjs';

/** Those that an app in a browser can sign in with. */
const profiles = known.filter(({ facts }) => facts.secret.value === 'none');
const LIFETIMES = [5, 15, 60];
const HOSTS = ['auto', 'dedicated'];

/**
 * @param {{ accessTokenSeconds: number }} options
 * @returns what `startProvider`, `startApi` and `startSite` take, and `attach`, to be called once both servers run
 */
export function createPlayground({ accessTokenSeconds }) {
  const record = createRecord();
  const listeners = new Set();
  const active = new Map(); // a fault's id -> the fault as the server has it
  const chosen = { profile: profiles[0], dpop: 'required', host: 'auto', accessTokenSeconds };
  let behaviour = behaviourOf(chosen.profile);
  let servers;
  let lastState = '';

  record.listeners.add((entry) => {
    for (const send of listeners) send({ type: 'entry', entry });
    announce();
  });

  function announce() {
    const now = state();
    const words = JSON.stringify(now);
    if (words === lastState) return;
    lastState = words;
    for (const send of listeners) send({ type: 'state', state: now });
  }

  function state() {
    const accepted = servers?.provider.acceptedRefreshTokens() ?? [];
    return {
      profile: chosen.profile.id,
      dpop: dpop(),
      host: chosen.host,
      accessTokenSeconds: chosen.accessTokenSeconds,
      faults: faults.filter(isOn).map(({ id }) => id),
      accepts: accepted.map(({ token, untilMs }) => ({ ...record.nameOf('R', token), untilMs })),
    };
  }

  const dpop = () => chosen.profile.client.dpop ?? chosen.dpop;

  function isOn({ id, changes }) {
    if (changes?.clock) return servers?.api.clock.aheadSeconds > 0;
    return active.has(id) && servers.provider.faults.includes(active.get(id));
  }

  function choose(change, text) {
    Object.assign(chosen, change);
    behaviour = behaviourOf(chosen.profile);
    if (servers) servers.provider.dpop.requireNonce = behaviour.dpop === 'nonce';
    record.add({ kind: 'switch', text });
    announce();
    return state();
  }

  function setFault(fault, on) {
    const { id, name, lasts, makes, changes } = fault;
    const { provider, api } = servers;
    if (isOn(fault) === on && lasts !== 'now') return state();
    if (changes?.clock) api.clock.aheadSeconds = on ? Math.ceil(chosen.accessTokenSeconds * 0.6) : 0;
    if (changes?.sessions) provider.endAppSessions();
    if (makes && on) {
      active.set(id, { ...makes(), name: id });
      provider.faults.push(active.get(id));
    } else if (makes) {
      provider.faults.splice(provider.faults.indexOf(active.get(id)), 1);
    }
    record.add({ kind: 'switch', text: lasts === 'while' ? `${name}: ${on ? 'on' : 'off'}` : name });
    announce();
    return state();
  }

  const actions = { '/demo/tell': (lines) => record.takeFromPage(lines) };
  for (const profile of profiles) {
    actions[`/demo/profile/${profile.id}`] = () => choose({ profile }, `The server is now: ${profile.name}`);
  }
  for (const fault of faults) {
    for (const on of [true, false])
      actions[`/demo/fault/${fault.id}/${on ? 'on' : 'off'}`] = () => setFault(fault, on);
  }
  for (const host of HOSTS) {
    const where = host === 'dedicated' ? 'a worker of each tab’s own' : 'a SharedWorker, where there is one';
    actions[`/demo/host/${host}`] = () => choose({ host }, `The vault now runs in ${where}`);
  }
  for (const lifetime of LIFETIMES) {
    const text = `Access tokens are now good for ${lifetime} s`;
    actions[`/demo/lifetime/${lifetime}`] = () => choose({ accessTokenSeconds: lifetime }, text);
  }
  for (const next of ['off', 'required']) {
    actions[`/dpop/${next}`] = () => choose({ dpop: next }, `DPoP: ${next === 'off' ? 'off' : 'on'}`);
  }

  return {
    record,
    provider: {
      behaviour: () => behaviour,
      accessTokenSeconds: () => chosen.accessTokenSeconds,
      watch: watchProvider(record),
    },
    api: { watch: watchApi(record) },
    attach(running) {
      servers = running;
    },
    actions,
    /** What the page starts its client with, and offers to choose. */
    config: () => ({
      dpop: dpop(),
      isDpopFixed: chosen.profile.client.dpop !== undefined,
      host: chosen.host,
      accessTokenSeconds: chosen.accessTokenSeconds,
      scope: scopeFor(chosen.profile),
      provider: chosen.profile.client.provider,
      rotationGraceSeconds: chosen.profile.client.rotationGraceSeconds,
      lifetimes: LIFETIMES,
      profiles: profiles.map(withAddresses),
      faults: faults.map(({ id, name, summary, lasts }) => ({ id, name, summary, lasts })),
    }),
    streams: {
      '/demo/stream': (send) => {
        send({ type: 'record', entries: record.entries, state: state() });
        listeners.add(send);
        return () => listeners.delete(send);
      },
    },
  };
}

/** A profile as the page shows it: each fact with the address of its source. */
function withAddresses({ facts, ...profile }) {
  const shown = Object.entries(facts).map(([name, fact]) => [name, { ...fact, source: sourceOf(fact) }]);
  return { ...profile, facts: Object.fromEntries(shown) };
}
