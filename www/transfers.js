/** Large and long transfers through auth.fetch: a download with progress, an upload, and server-sent events. */
import { log } from './event-log.js';
import { hideNotice } from './notice.js';

const DOWNLOAD_BYTES = 52_428_800;
const SAMPLE_BYTES = 5_242_880;
const EVENTS = 30;
const byId = (id) => document.getElementById(id);
const whole = new Intl.NumberFormat('en');

export function wireTransfers({ auth, apiOrigin, report }) {
  wireDownload(auth, apiOrigin, report);
  wireUpload(auth, apiOrigin, report);
  wireEvents(auth, apiOrigin, report);
}

function wireDownload(auth, apiOrigin, report) {
  const [start, stop, bar, outcome] = [
    'download',
    'download-stop',
    'download-progress',
    'download-result',
  ].map(byId);
  let controller;

  start.addEventListener('click', async () => {
    if (controller) return;
    hideNotice();
    controller = new AbortController();
    stop.hidden = false;
    start.setAttribute('aria-disabled', 'true');
    outcome.textContent = '';
    const began = performance.now();
    try {
      const response = await auth.fetch(`${apiOrigin}/large?bytes=${DOWNLOAD_BYTES}`, {
        signal: controller.signal,
      });
      mustBeOk(response);
      bar.hidden = false;
      const received = await drain(response, (bytes) => {
        bar.value = bytes / DOWNLOAD_BYTES;
      });
      const seconds = (performance.now() - began) / 1000;
      outcome.textContent = `${megabytes(received)} in ${seconds.toFixed(1)}\u00a0s (${megabytes(received / seconds)} a second)`;
      log('call', `Downloaded ${megabytes(received)} in ${seconds.toFixed(1)}\u00a0s.`);
    } catch (error) {
      if (controller.signal.aborted) outcome.textContent = 'Stopped.';
      else report(error);
    } finally {
      bar.hidden = true;
      bar.value = 0;
      stop.hidden = true;
      start.removeAttribute('aria-disabled');
      controller = undefined;
    }
  });
  stop.addEventListener('click', () => {
    start.focus(); // the button that has the focus is about to go away
    controller?.abort();
  });
}

function wireUpload(auth, apiOrigin, report) {
  const [start, file, what, outcome] = ['upload', 'upload-file', 'upload-what', 'upload-result'].map(byId);
  const sampleWords = what.textContent;

  file.addEventListener('change', () => {
    const chosen = file.files[0];
    what.textContent = chosen ? `${chosen.name}, ${megabytes(chosen.size)}.` : sampleWords;
  });
  start.addEventListener('click', async () => {
    hideNotice();
    outcome.textContent = 'Sending …';
    try {
      const body = file.files[0] ?? noise(SAMPLE_BYTES);
      const response = await auth.fetch(`${apiOrigin}/echo`, { method: 'POST', body });
      mustBeOk(response);
      const { bytes, sha256 } = await response.json();
      const same = sha256 === (await hashOf(body));
      outcome.textContent = same
        ? `${whole.format(bytes)} bytes arrived, every one as sent.`
        : `${whole.format(bytes)} bytes arrived, but not the ones that were sent.`;
      log(
        same ? 'call' : 'problem',
        `Uploaded ${megabytes(bytes)}; the checksums ${same ? 'agree' : 'differ'}.`,
      );
    } catch (error) {
      outcome.textContent = '';
      report(error);
    }
  });
}

function wireEvents(auth, apiOrigin, report) {
  const [toggle, list] = ['events', 'events-result'].map(byId);
  let controller;

  toggle.addEventListener('click', async () => {
    if (controller) {
      controller.abort();
      return;
    }
    hideNotice();
    controller = new AbortController();
    toggle.setAttribute('aria-pressed', 'true');
    toggle.textContent = 'Stop listening';
    list.replaceChildren();
    let heard = 0;
    try {
      const response = await auth.fetch(`${apiOrigin}/events?count=${EVENTS}&intervalMs=1000`, {
        signal: controller.signal,
      });
      mustBeOk(response);
      list.hidden = false;
      log('call', 'Listening to live events.');
      for await (const data of serverSentEvents(response.body)) {
        const { number, of, time } = JSON.parse(data);
        heard = number;
        showTick(list, `${number} of ${of}, at ${new Date(time).toLocaleTimeString()}`);
      }
    } catch (error) {
      if (!controller.signal.aborted) report(error);
    } finally {
      if (heard) log('call', `Heard ${heard} live events on one connection.`);
      toggle.setAttribute('aria-pressed', 'false');
      toggle.textContent = 'Listen';
      controller = undefined;
    }
  });
}

function showTick(list, text) {
  const item = document.createElement('li');
  item.textContent = text;
  list.prepend(item);
  if (list.children.length > 4) list.lastElementChild.remove();
}

/** The `data` of each server-sent event. EventSource itself can't send a token; a stream can. */
async function* serverSentEvents(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += decoder.decode(value, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const data = block.split('\n').filter((line) => line.startsWith('data:'));
      if (data.length) yield data.map((line) => line.slice(5).trimStart()).join('\n');
    }
  }
}

async function drain(response, onProgress) {
  const reader = response.body.getReader();
  let received = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return received;
    received += value.byteLength;
    onProgress(received);
  }
}

function noise(size) {
  const bytes = new Uint8Array(size);
  for (let offset = 0; offset < size; offset += 65_536)
    crypto.getRandomValues(bytes.subarray(offset, offset + 65_536));
  return new Blob([bytes], { type: 'application/octet-stream' });
}

async function hashOf(blob) {
  const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function mustBeOk(response) {
  if (!response.ok) throw new Error(`The API answered ${response.status}.`);
}

function megabytes(bytes) {
  return `${(bytes / 1_048_576).toFixed(1)}\u00a0MB`;
}
