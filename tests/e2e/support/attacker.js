/**
 * The injected script that acts: it was there before the library, has every way from the page to a vault (`lines`) and
 * every message that went there (`sent`), and sends what it likes. probe.js beside it sees what comes of it. A test leaves
 * a function for it in localStorage that is to run before everything else.
 */
(() => {
  const attacker = { lines: [], sent: [], errors: [] };
  window.__attacker = attacker;
  let lastId = 1_000_000;

  for (const prototype of [Worker.prototype, MessagePort.prototype]) {
    const { postMessage } = prototype;
    prototype.postMessage = function (message, ...rest) {
      if (typeof message?.type === 'string') {
        if (message.type === 'init') attacker.lines.push(this);
        try {
          attacker.sent.push({ line: this, message: structuredClone(message) });
        } catch {
          // A stream: it can be sent once, and not by two.
        }
      }
      return postMessage.call(this, message, ...rest);
    };
  }

  for (const name of ['Worker', 'SharedWorker']) {
    const Original = window[name];
    if (!Original) continue;
    window[name] = class extends Original {
      constructor(...args) {
        super(...args);
        this.addEventListener('error', ({ message }) => attacker.errors.push(String(message)));
      }
    };
  }

  /** The page's line to the vault. */
  attacker.line = () => attacker.lines.at(-1);

  /** Sends a message under an id of the attacker's, and answers what comes back to that, or that the vault knows no such page. */
  attacker.ask = (line, message) =>
    new Promise((resolve) => {
      const id = (lastId += 1);
      const hear = ({ data }) => {
        if (data?.id !== id && !(data?.type === 'unknown' && message.type !== 'init')) return;
        line.removeEventListener('message', hear);
        resolve(data);
      };
      line.addEventListener('message', hear);
      line.start?.();
      line.postMessage({ ...message, id });
    });

  /** An answer in a word: its error's code, or its type. */
  attacker.word = ({ type, error, value }) => error?.code ?? (value?.identity ? 'signed in' : type);

  const early = localStorage.getItem('attack-before-load');
  if (early) (0, eval)(`(${early})`)();
})();
