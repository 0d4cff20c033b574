/**
 * Stands in for the vault where a test talks to the escrow: passes each message on, and the answer back. Runs as a
 * dedicated or a shared worker.
 */
const notices = [];
let number = 0;
new BroadcastChannel('holdfast').onmessage = ({ data }) => notices.push(data);

async function ask(message) {
  try {
    const response = await fetch('https://escrow.invalid/', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ version: 'test', number: ++number, ...message }),
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    });
    return { status: response.status, ...(await response.json()) };
  } catch (error) {
    return { error: error.name };
  }
}

function serve(port) {
  port.onmessage = async ({ data: { id, message } }) => {
    port.postMessage({ id, answer: message === 'notices' ? notices : await ask(message) });
  };
}

if ('onconnect' in self) self.onconnect = ({ ports: [port] }) => serve(port);
else serve(self);
