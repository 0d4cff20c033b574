/** What the bench's API answers beyond the tests' own routes (tests/server/api-routes.mjs). */
const small = {
  items: Array.from({ length: 18 }, (_, id) => ({
    id,
    name: `item number ${id}`,
    price: 9.5 + id,
    stock: id * 7,
  })),
};
const oneKilobyte = JSON.stringify(small);

export const apiRoutes = [
  { pattern: /^\/json$/, methods: ['GET', 'POST', 'PUT'], handle: json },
  { pattern: /^\/sink$/, methods: ['POST', 'PUT'], handle: sink },
];

/** About 1 kB of JSON. */
function json({ request, response }) {
  request.resume();
  response
    .writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(oneKilobyte) })
    .end(oneKilobyte);
}

/** Takes what comes, and says how much it was. */
async function sink({ request, response, sendJson }) {
  let bytes = 0;
  for await (const part of request) bytes += part.length;
  sendJson(response, 200, { bytes });
}
