/**
 * Put before worker.js by a test: makes the vault's WebAssembly end as it may end in earnest. The test's word comes over
 * a BroadcastChannel:
 *   trap     the next call into the module hits an `unreachable` instruction, as after a panic
 *   starve   the browser gives this instance no more memory, so that an allocation fails
 *   linger   after the next crash no other instance begins, until the word `go`
 * Where there is a cache of the name 'holdfast-test-poison', each instance traps that gets a session from the escrow.
 */
(() => {
  const { Instance } = WebAssembly;
  // (module (func (export "trap") unreachable))
  const trap = new Instance(
    new WebAssembly.Module(
      Uint8Array.from([
        0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 116, 114, 97, 112, 0, 0, 10,
        5, 1, 3, 0, 0, 11,
      ]),
    ),
  ).exports.trap;
  let isArmed = self.trapAtStart === true;
  let memory;

  // Kept on the global object so that it is not collected.
  self.trapChannel = new BroadcastChannel('holdfast-test-trap');
  self.trapChannel.onmessage = ({ data }) => {
    if (data === 'trap') isArmed = true;
    else if (data === 'starve') starve();
    else if (data === 'linger') linger();
    else return;
    self.trapChannel.postMessage('done');
  };

  /** What is grown from here is nobody's, and leaves nothing for the module. */
  function starve() {
    for (let pages = 65_536; pages >= 1; pages = Math.floor(pages / 2)) {
      try {
        for (;;) memory.grow(pages);
      } catch {
        // Less, then.
      }
    }
  }

  /** Holds back what worker.ts puts off without naming a time. */
  function linger() {
    const { setTimeout } = self;
    self.setTimeout = (act, ...rest) => {
      if (rest.length > 0) return setTimeout(act, ...rest);
      self.setTimeout = setTimeout;
      const channel = new BroadcastChannel('holdfast-test-trap');
      channel.onmessage = ({ data }) => {
        if (data !== 'go') return;
        channel.close();
        act();
      };
      return 0;
    };
  }

  function wrapped(instance) {
    memory = Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory);
    const exports = {};
    for (const [name, value] of Object.entries(instance.exports)) {
      const isCall = typeof value === 'function';
      exports[name] = isCall
        ? (...args) => {
            if (isArmed) {
              isArmed = self.trapAtStart === true;
              trap();
            }
            return value(...args);
          }
        : value;
    }
    return Object.create(Instance.prototype, { exports: { value: exports } });
  }

  WebAssembly.Instance = new Proxy(Instance, {
    construct: (target, args) => wrapped(new target(...args)),
  });

  const { fetch } = self;
  self.fetch = async (...args) => {
    const response = await fetch(...args);
    if (args[0] === 'https://escrow.invalid/' && (await caches.has('holdfast-test-poison'))) {
      const { type } = await response.clone().json();
      if (type === 'state') isArmed = true;
    }
    return response;
  };
})();
