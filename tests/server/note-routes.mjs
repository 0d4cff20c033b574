/**
 * A small API of the kind that apps have, for the libraries that speak to one: notes as JSON, an assistant that answers
 * word by word, and a call that is never answered.
 */
const notes = new Map([['1', 'Welcome']]);

export const noteRoutes = [
  { pattern: /^\/notes\/(\w+)$/, methods: ['GET'], handle: read },
  { pattern: /^\/notes$/, methods: ['POST'], handle: add },
  { pattern: /^\/assistant$/, methods: ['POST'], handle: assist },
  { pattern: /^\/never$/, methods: ['GET'], handle: waitForever },
];

/** The note, or null. */
export function findNote(id) {
  return notes.has(id) ? { id, text: notes.get(id) } : null;
}

/** Keeps a note and gives it an id. */
export function addNote(text) {
  const id = String(notes.size + 1);
  notes.set(id, text);
  return { id, text };
}

/** What the request's body says in JSON. */
export async function readJson(request, httpError) {
  const parts = [];
  for await (const part of request) parts.push(part);
  try {
    return JSON.parse(Buffer.concat(parts));
  } catch {
    throw httpError(400, 'the body is no JSON');
  }
}

function read({ response, match, sendJson, httpError }) {
  const note = findNote(match[1]);
  if (!note) throw httpError(404, `there is no note ${match[1]}`);
  sendJson(response, 200, note);
}

async function add({ request, response, sendJson, httpError }) {
  if (!request.headers['content-type']?.startsWith('application/json')) throw httpError(415, 'takes JSON');
  const { text } = await readJson(request, httpError);
  sendJson(response, 201, addNote(text));
}

/** POST /assistant {"prompt": "..."}: the prompt's words, an event each. */
async function assist({ request, response, httpError }) {
  const { prompt } = await readJson(request, httpError);
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
  for (const word of prompt.split(' ')) response.write(`event: word\ndata: ${word}\n\n`);
  response.end();
}

/** Ends when the caller hangs up. */
function waitForever({ request }) {
  request.resume();
}
