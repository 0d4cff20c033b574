/** The note that travels along with a sign-in, and can be sent to the API. */
import { log } from './event-log.js';
import { hideNotice } from './notice.js';

const note = document.getElementById('note');
const outcome = document.getElementById('note-result');

export function draft() {
  return note.value;
}

export function restoreDraft(text) {
  note.value = text;
}

export function wireNotes({ auth, apiOrigin, report }) {
  document.getElementById('send-note').addEventListener('click', async () => {
    hideNotice();
    outcome.textContent = '';
    try {
      const response = await auth.fetch(`${apiOrigin}/echo/raw`, {
        method: 'POST',
        headers: { 'Content-Type': 'text/plain; charset=utf-8' },
        body: note.value,
      });
      if (!response.ok) throw new Error(`The API answered ${response.status}.`);
      const echoed = await response.text();
      outcome.textContent =
        echoed === note.value ? 'The API has read it back, word for word.' : 'It came back changed.';
      log(
        'call',
        `Sent a note of ${note.value.length} characters; it came back ${echoed === note.value ? 'the same' : 'changed'}.`,
      );
    } catch (error) {
      report(error);
    }
  });
}
