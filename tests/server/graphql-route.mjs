/**
 * A GraphQL endpoint: queries by GET and POST, mutations, and subscriptions as multipart or as server-sent events,
 * whichever the caller takes first.
 */
import { buildSchema, graphql, parse, subscribe } from 'graphql';
import { addNote, findNote, readJson } from './note-routes.mjs';

const schema = buildSchema(`
  type Note { id: ID!, text: String! }
  type Query { note(id: ID!): Note!, never: String }
  type Mutation { addNote(text: String!): Note! }
  type Subscription { ticked: Int! }
`);

const root = {
  note({ id }) {
    const note = findNote(id);
    if (!note) throw new Error(`there is no note ${id}`);
    return note;
  },
  never: () => new Promise(() => {}),
  addNote: ({ text }) => addNote(text),
  async *ticked() {
    yield { ticked: 1 };
    await new Promise(() => {}); // open until the caller hangs up
  },
};

export const graphqlRoute = { pattern: /^\/graphql$/, methods: ['GET', 'POST'], handle: answer };

async function answer({ request, response, url, sendJson, httpError }) {
  const { query, operationName, variables } = await read(request, url, httpError);
  // What a proxy says whose GraphQL server is away.
  if (operationName === 'Unavailable') throw httpError(503, 'down for maintenance');
  if (/^\s*subscription\b/.test(query)) return stream({ request, response, query });
  const result = await graphql({
    schema,
    source: query,
    rootValue: root,
    operationName,
    variableValues: variables,
  });
  sendJson(response, 200, result);
}

async function read(request, url, httpError) {
  if (request.method === 'POST') return readJson(request, httpError);
  const { query, operationName, variables } = Object.fromEntries(url.searchParams);
  return { query, operationName, variables: variables && JSON.parse(variables) };
}

async function stream({ request, response, query }) {
  const { start, frame } = forms.find(({ type }) => request.headers.accept?.startsWith(type)) ?? forms[0];
  start(response);
  for await (const result of await subscribe({ schema, document: parse(query), rootValue: root })) {
    response.write(frame(JSON.stringify(result)));
  }
}

const forms = [
  {
    type: 'text/event-stream',
    start: (response) => response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' }),
    frame: (json) => `event: next\ndata: ${json}\n\n`,
  },
  {
    type: 'multipart/mixed',
    start(response) {
      const contentType = 'multipart/mixed; boundary="graphql"; subscriptionSpec=1.0';
      response.writeHead(200, { 'Content-Type': contentType }).write('--graphql');
    },
    // The delimiter behind the part is what ends it.
    frame: (json) => `\r\nContent-Type: application/json\r\n\r\n{"payload":${json}}\r\n--graphql`,
  },
];
