/** A tRPC server, behind the API's own check of the token. */
import { initTRPC, TRPCError } from '@trpc/server';
import { nodeHTTPRequestHandler } from '@trpc/server/adapters/node-http';
import { addNote, findNote } from './note-routes.mjs';

const t = initTRPC.create();
const asIs = (input) => input;

const router = t.router({
  note: t.procedure.input(asIs).query(({ input }) => {
    const note = findNote(input);
    if (!note) throw new TRPCError({ code: 'NOT_FOUND', message: `there is no note ${input}` });
    return note;
  }),
  addNote: t.procedure.input(asIs).mutation(({ input }) => addNote(input.text)),
  never: t.procedure.query(() => new Promise(() => {})),
  ticked: t.procedure.subscription(async function* ({ signal }) {
    yield 1;
    // Open until the caller hangs up.
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }),
});

export const trpcRoute = {
  pattern: /^\/trpc\/(.+)$/,
  methods: ['GET', 'POST'],
  handle: ({ request, response, match }) =>
    nodeHTTPRequestHandler({ router, req: request, res: response, path: decodeURIComponent(match[1]) }),
};
