/**
 * Put before worker.js by a test: makes the vault's WebAssembly trap on demand, as a panic would. Every export is
 * wrapped; once the test's word has come over a BroadcastChannel, each call throws a RuntimeError.
 */
(() => {
  let armed = self.trapAtStart === true;
  // Kept on the global object so that it is not collected.
  self.trapChannel = new BroadcastChannel('holdfast-test-trap');
  self.trapChannel.onmessage = ({ data }) => {
    if (data !== 'arm') return;
    armed = true;
    self.trapChannel.postMessage('armed');
  };

  function wrapped(instance) {
    const exports = {};
    for (const [name, value] of Object.entries(instance.exports)) {
      const isOwn = typeof value === 'function' && !name.startsWith('__wb');
      exports[name] = isOwn
        ? (...args) => {
            if (armed) throw new WebAssembly.RuntimeError('unreachable');
            return value(...args);
          }
        : value;
    }
    return Object.create(WebAssembly.Instance.prototype, { exports: { value: exports } });
  }

  WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
    construct: (Instance, args) => wrapped(new Instance(...args)),
  });
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const original = WebAssembly[name];
    WebAssembly[name] = async (...args) => {
      const result = await original(...args);
      return result.instance ? { ...result, instance: wrapped(result.instance) } : wrapped(result);
    };
  }
})();
