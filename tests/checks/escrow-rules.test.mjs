/**
 * The rules of the escrow and of the vault's way to it: the package's own sources, with a browser's part played here. So
 * a test says who lives, which message is read first, and what time it is.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import vm from 'node:vm';
import { build } from 'esbuild';
import { root } from '../../tools/lib/paths.mjs';

const NOTHING = { type: 'nothing' };
const KEPT = { type: 'kept' };
const LOST = { type: 'lost' };
const FORGOTTEN = { type: 'forgotten' };
const stateOf = (state) => ({ type: 'state', state });

let escrowScript;
let linkScript;
before(async () => {
  const bundle = async (entry, more) => {
    const { outputFiles } = await build({
      absWorkingDir: root,
      entryPoints: [`pkg-template/src/${entry}.ts`],
      bundle: true,
      format: 'iife',
      target: 'es2022',
      write: false,
      ...more,
    });
    return outputFiles[0].text;
  };
  escrowScript = await bundle('escrow');
  linkScript = await bundle('escrow-link', { globalName: 'link' });
});

/** A promise that a test settles. */
function gate() {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  return { opened, open };
}

/** Lets everything happen that waits for no timer and no gate. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A clock that stands still until it is told to go on. */
function startClock() {
  let now = 1_000_000;
  let timers = [];
  return {
    setTimeout: (run, milliseconds, ...given) =>
      void timers.push({ run: () => run(...given), at: now + milliseconds }),
    Date: { now: () => now },
    async advance(milliseconds) {
      await settle();
      now += milliseconds;
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      due.forEach(({ run }) => run());
      await settle();
    },
  };
}

/** The escrow, with vaults that are born and die. */
function startEscrow() {
  const clock = startClock();
  const alive = new Map();
  const handlers = {};
  const requests = [];
  /** What a look at a client waits for, by the client's id. */
  const looks = new Map();
  const self = {
    location: { href: 'https://app.example/holdfast/escrow.js' },
    addEventListener: (type, handler) => (handlers[type] = handler),
    clients: {
      async get(id) {
        await looks.get(id);
        return alive.get(id);
      },
    },
  };
  const { setTimeout, Date } = clock;
  const fetch = (url, { body }) => {
    const { opened, open } = gate();
    requests.push({ url, body, answer: (text) => open(new Response(text)) });
    return opened;
  };
  vm.runInNewContext(escrowScript, { self, setTimeout, Date, fetch, URL, Response, AbortSignal });
  return {
    clock,
    looks,
    requests,
    born: (id, type = 'worker') => alive.set(id, { id, type, url: 'https://app.example/holdfast/worker.js' }),
    die: (id) => alive.delete(id),
    /** `isRead`: the message can be read from then on. */
    async say(clientId, message, isRead) {
      let answer;
      handlers.fetch({
        clientId,
        request: {
          url: 'https://escrow.invalid/',
          json: async () => (await isRead, { fingerprint: 'app', version: '1', ...message }),
        },
        respondWith: (promise) => (answer = promise),
        waitUntil() {},
      });
      return (await answer).json();
    },
  };
}

const park = (ticket, state, more = {}) => ({ type: 'park', ticket, state, id: null, number: 1, ...more });
const claim = (more = {}) => ({ type: 'claim', onlyOwnerless: false, ...more });
const forget = (ticket, sweep) => ({ type: 'forget', ticket, sweep });

/** Claims, and lets the time pass in which the browser may notice that somebody is gone. */
async function claimAtLeisure(escrow, who, message = claim()) {
  const answer = escrow.say(who, message);
  await escrow.clock.advance(200);
  return answer;
}

describe('the escrow, when a session ends,', () => {
  it('forgets that session alone', async () => {
    const { say, born, die, ...escrow } = startEscrow();
    for (const who of ['gone', 'owner', 'living']) born(who);
    await say('gone', park('of the gone', 'state'));
    await say('owner', park('over', 'state'));
    await say('owner', park('another', 'state'));
    die('gone');
    assert.deepEqual(await say('owner', forget('over', false)), KEPT);
    assert.deepEqual(await say('owner', park('over', 'state')), FORGOTTEN);
    assert.deepEqual(await say('owner', park('another', 'state')), KEPT);
    born('next');
    assert.deepEqual(await claimAtLeisure({ say, ...escrow }, 'next'), stateOf('state'));
  });

  for (const ticket of ['second', null]) {
    it(`by a sign-out (${ticket ?? 'of nobody'}), forgets also what the vault has had beside it`, async () => {
      const { say, born, die, clock } = startEscrow();
      born('first');
      born('living');
      await say('first', park('first', 'state'));
      await say('living', park('of the living', 'state'));
      die('first');
      born('second');
      // The answer comes too late for the vault; somebody signs in, and out.
      assert.deepEqual(await say('second', claim()), stateOf('state'));
      await say('second', park('second', 'state'));
      assert.deepEqual(await say('second', forget(ticket, true)), KEPT);
      die('second');
      born('third');
      assert.deepEqual(await claimAtLeisure({ say, clock }, 'third'), NOTHING);
      assert.deepEqual(await say('living', park('of the living', 'state', { number: 2 })), KEPT);
    });
  }

  it('by a sign-out, gives nobody what a vault had that only seemed to live', async () => {
    const { say, born, die, clock } = startEscrow();
    for (const who of ['frozen', 'living', 'leaving']) born(who);
    await say('frozen', park('of the frozen', 'old state'));
    await say('living', park('of the living', 'state'));
    await say('leaving', forget(null, true));
    // Of the two, only one hears of it and shows that it is awake.
    assert.deepEqual(await say('living', park('of the living', 'state', { number: 2 })), KEPT);
    for (const who of ['frozen', 'living', 'leaving']) die(who);
    born('next');
    assert.deepEqual(await claimAtLeisure({ say, clock }, 'next'), stateOf('state'));
    die('next');
    born('last');
    await say('last', forget('of the living', false));
    assert.deepEqual(await claimAtLeisure({ say, clock }, 'last'), NOTHING);
  });

  it('by a sign-out, leaves another configuration alone', async () => {
    const { say, born, die } = startEscrow();
    born('other');
    await say('other', park('other', 'state', { fingerprint: 'other' }));
    die('other');
    born('owner');
    await say('owner', forget(null, true));
    assert.deepEqual(await say('owner', claim({ fingerprint: 'other' })), stateOf('state'));
  });
});

describe('the escrow, where the browser says nothing of a frozen vault,', () => {
  it('waits a moment, and takes it for one that lives', async () => {
    const { say, born, looks, clock } = startEscrow();
    for (const who of ['frozen', 'next']) born(who);
    await say('frozen', park('of the frozen', 'state'));
    const look = gate();
    looks.set('frozen', look.opened);
    const first = say('next', claim());
    await clock.advance(1000);
    assert.deepEqual(await first, NOTHING);
    const end = say('next', forget(null, true));
    await clock.advance(1000);
    assert.deepEqual(await end, KEPT);
    // It wakes.
    look.open();
    assert.deepEqual(await say('frozen', park('of the frozen', 'state', { number: 2 })), KEPT);
  });
});

describe('the escrow, when messages overtake each other,', () => {
  it('hands out the last deposit of a vault that dies while another one asks', async () => {
    const { say, born, die, looks } = startEscrow();
    born('dying');
    await say('dying', park('ticket', 'older'));
    const isRead = gate();
    const deposit = say('dying', park('ticket', 'newer', { number: 2 }), isRead.opened);
    await settle();
    die('dying');
    born('next');
    const look = gate();
    looks.set('dying', look.opened);
    const answer = say('next', claim());
    await settle();
    isRead.open();
    assert.deepEqual(await deposit, KEPT);
    look.open();
    assert.deepEqual(await answer, stateOf('newer'));
  });

  it('keeps the newer of two deposits, whichever it reads first', async () => {
    const { say, born, die } = startEscrow();
    born('owner');
    await say('owner', park('ticket', 'first', { number: 1 }));
    const isRead = gate();
    const older = say('owner', park('ticket', 'older', { number: 2 }), isRead.opened);
    assert.deepEqual(await say('owner', park('ticket', 'newer', { number: 3 })), KEPT);
    isRead.open();
    assert.deepEqual(await older, KEPT);
    die('owner');
    born('next');
    assert.deepEqual(await say('next', claim()), stateOf('newer'));
    // The next owner counts from the beginning.
    assert.deepEqual(await say('next', park('ticket', 'newest', { number: 1 })), KEPT);
    die('next');
    born('third');
    assert.deepEqual(await say('third', claim()), stateOf('newest'));
  });

  it('sends no token request that is older than the one it has sent', async () => {
    const { say, born, requests } = startEscrow();
    born('owner');
    const carry = (id, number) => ({
      ...park('ticket', id, { number, id }),
      type: 'carry',
      url: `/${id}`,
      form: id,
    });
    const answer = say('owner', { ...carry('newer', 2), timeout: 1000 });
    await settle();
    const late = await say('owner', { ...carry('older', 1), timeout: 1000 });
    assert.deepEqual(late, { type: 'failure', isTimeout: false });
    assert.deepEqual(
      requests.map(({ body }) => body),
      ['newer'],
    );
    requests[0].answer('tokens');
    assert.equal((await answer).body, 'tokens');
  });

  for (const type of ['worker', 'sharedworker']) {
    it(`gives a ${type} the session of one whose end the browser notices a moment later`, async () => {
      const { say, born, die, clock } = startEscrow();
      born('dying', type);
      await say('dying', park('ticket', 'state'));
      born('next', type);
      const answer = say('next', claim());
      await settle();
      die('dying');
      await clock.advance(200);
      assert.deepEqual(await answer, stateOf('state'));
    });
  }

  it('asks once where there is nothing to wait for', async () => {
    const { say, born } = startEscrow();
    born('shared', 'sharedworker');
    await say('shared', park('ticket', 'state'));
    born('dedicated');
    // No time passes here.
    assert.deepEqual(await say('dedicated', claim()), NOTHING);
    assert.deepEqual(await say('dedicated', claim({ fingerprint: 'other' })), NOTHING);
  });
});

describe('the escrow, where the owner lives,', () => {
  it('gives the session to a shared vault of another version, once', async () => {
    const { say, born, ...escrow } = startEscrow();
    born('old', 'sharedworker');
    await say('old', park('ticket', 'state'));
    born('new', 'sharedworker');
    assert.deepEqual(await say('new', claim({ version: '2' })), stateOf('state'));
    await say('new', park('ticket', 'newer', { version: '2' }));
    assert.deepEqual(await say('old', park('ticket', 'stale', { number: 2 })), LOST);
    // The page of the old version comes back: that is no reason to take it again.
    const back = claim({ onlyOwnerless: true });
    assert.deepEqual(await claimAtLeisure({ say, ...escrow }, 'old', back), NOTHING);
    escrow.die('new');
    assert.deepEqual(await say('old', back), stateOf('newer'));
  });

  it('leaves it there for one of the same version', async () => {
    const { say, born, ...escrow } = startEscrow();
    born('one', 'sharedworker');
    await say('one', park('ticket', 'state'));
    born('two', 'sharedworker');
    assert.deepEqual(await claimAtLeisure({ say, ...escrow }, 'two'), NOTHING);
  });
});

describe('the escrow, a minute after the last deposit,', () => {
  /** A session of a minute ago, in an escrow that somebody else keeps alive. */
  async function startOld() {
    const escrow = startEscrow();
    escrow.born('owner');
    escrow.born('hidden');
    await escrow.say('owner', park('ticket', 'state'));
    await escrow.say('hidden', park('of the hidden', 'hidden'));
    return escrow;
  }

  it('gives what nobody has to nobody', async () => {
    const { say, born, die, clock } = await startOld();
    die('owner');
    await clock.advance(60_001);
    born('next');
    assert.deepEqual(await claimAtLeisure({ say, clock }, 'next'), NOTHING);
  });

  it('has it until then', async () => {
    const { say, born, die, clock } = await startOld();
    die('owner');
    await clock.advance(60_000);
    born('next');
    assert.deepEqual(await say('next', claim()), stateOf('state'));
  });

  it('keeps what a vault has which lives and is silent', async () => {
    const { say, born, die, clock } = await startOld();
    await clock.advance(600_000);
    born('next');
    assert.deepEqual(await claimAtLeisure({ say, clock }, 'next'), NOTHING);
    // A person who reloads that tab has looked at it.
    await say('hidden', park('of the hidden', 'shown', { number: 2 }));
    die('hidden');
    assert.deepEqual(await say('next', claim()), stateOf('shown'));
  });

  it('still gives it to a shared vault of another version where the owner lives', async () => {
    const { say, born, clock } = startEscrow();
    born('old', 'sharedworker');
    await say('old', park('ticket', 'state'));
    await clock.advance(600_000);
    born('new', 'sharedworker');
    assert.deepEqual(await say('new', claim({ version: '2' })), stateOf('state'));
  });

  it('has forgotten it at the next word of anybody, also where the clock is set back', async () => {
    for (const milliseconds of [60_001, -60_001]) {
      const { say, born, die, clock } = await startOld();
      die('owner');
      await clock.advance(milliseconds);
      await say('hidden', { type: 'hello' });
      await clock.advance(-milliseconds);
      born('next');
      assert.deepEqual(await claimAtLeisure({ say, clock }, 'next'), NOTHING);
    }
  });

  it('lets its owner go on who was taken for gone, and nobody who had it before', async () => {
    const { say, born, die, clock } = await startOld();
    die('owner');
    born('successor');
    assert.deepEqual(await say('successor', claim()), stateOf('state'));
    await say('successor', park('ticket', 'newer'));
    die('successor');
    await clock.advance(60_001);
    born('owner');
    assert.deepEqual(await say('owner', park('ticket', 'stale', { number: 2 })), FORGOTTEN);
    born('successor');
    assert.deepEqual(await say('successor', park('ticket', 'newest', { number: 2 })), KEPT);
  });
});

/** The vault's way to an escrow that answers as `answer` says. */
function startLink(answer) {
  const heard = [];
  const requests = [];
  const clock = startClock();
  const context = vm.createContext({
    setTimeout: clock.setTimeout,
    Headers,
    AbortSignal: { timeout: () => undefined },
    BroadcastChannel: class {
      postMessage = (notice) => heard.push(notice.type);
    },
    async fetch(url, init) {
      const message = JSON.parse(init.body);
      requests.push({ url, init, message });
      return Response.json(await answer(message));
    },
  });
  vm.runInContext(linkScript, context);
  const tell = context.link.linkEscrow('1', () => {});
  return { tell: (...words) => tell('app', words), heard, requests };
}

describe("the vault's way to the escrow", () => {
  it('is a request that no network is given without a question beforehand', async () => {
    const { tell, requests } = startLink(() => KEPT);
    await tell('park', 'ticket', 'state', null);
    assert.deepEqual(
      requests.map(({ message }) => message.type),
      ['hello', 'park'],
    );
    for (const { url, init } of requests) {
      assert.equal(new URL(url).hostname, 'escrow.invalid');
      assert.equal(init.mode ?? 'cors', 'cors');
      assert.equal(init.credentials, 'omit');
      assert.equal(init.referrerPolicy, 'no-referrer');
      // Fetch Standard: what is no CORS-safelisted request-header makes a preflight.
      assert.equal(new Headers(init.headers).get('content-type'), 'application/json');
    }
  });

  it('counts the deposits in the order in which they were made', async () => {
    const greeting = gate();
    const { tell, requests } = startLink(async ({ type }) => {
      if (type === 'hello') await greeting.opened;
      return KEPT;
    });
    const both = [tell('park', 'ticket', 'older', null), tell('park', 'ticket', 'newer', null)];
    greeting.open();
    await Promise.all(both);
    const numbers = Object.fromEntries(requests.map(({ message }) => [message.state, message.number]));
    assert.ok(numbers.older < numbers.newer);
  });

  it('takes an answer of 4 MiB that was carried, and nothing of a longer one', async () => {
    for (const [length, taken] of [
      [4 * 1024 * 1024, 4 * 1024 * 1024],
      [4 * 1024 * 1024 + 1, 0],
    ]) {
      const carried = { type: 'response', status: 200, body: 'x'.repeat(length), headers: {} };
      const { tell } = startLink(({ type }) => (type === 'carry' ? carried : KEPT));
      const words = await tell('carry', 'ticket', 'state', 'id', 'https://login.example/token', 'form', 1000);
      assert.deepEqual([words[0], words[1].length, words[2]], ['response', taken, 200]);
    }
  });

  it('says what a claim is for, and tells the others what came of it', async () => {
    for (const onlyOwnerless of [true, false]) {
      const { tell, heard, requests } = startLink(({ type }) => (type === 'claim' ? stateOf('state') : KEPT));
      assert.deepEqual(Array.from(await tell('claim', null, onlyOwnerless)), ['state', 'state']);
      assert.equal(requests.at(-1).message.onlyOwnerless, onlyOwnerless);
      assert.deepEqual(heard, ['taken']);
    }
  });

  for (const [sweep, notices] of [
    [true, ['deposit']],
    [false, []],
  ]) {
    it(`${sweep ? 'tells' : 'does not tell'} the others that ${sweep ? 'somebody signed out' : 'one session is over'}`, async () => {
      const { tell, heard, requests } = startLink(() => KEPT);
      assert.deepEqual(Array.from(await tell('forget', 'ticket', sweep)), ['kept']);
      const { ticket, sweep: said } = requests.at(-1).message;
      assert.deepEqual([ticket, said], ['ticket', sweep]);
      assert.deepEqual(heard, notices);
    });
  }
});
