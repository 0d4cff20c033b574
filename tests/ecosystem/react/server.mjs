/** On a server: nothing touches a window, which Node does not have, and nobody makes a client. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { AuthProvider, useAuth, useAuthReady, withAuthenticationRequired } from 'holdfast/react';
import { createElement as element, Suspense } from 'react';
import { renderToPipeableStream, renderToString } from 'react-dom/server';

const client = () => assert.fail('a client was made');
const provide = (...children) => element(AuthProvider, { client }, ...children);

function Name() {
  const { isLoading, user } = useAuth();
  return isLoading ? 'loading' : String(user?.name);
}
const Guarded = withAuthenticationRequired(Name, { fallback: 'one moment' });
assert.equal(renderToString(provide(element(Name))), 'loading');
assert.equal(renderToString(provide(element(Guarded))), 'one moment');

// What suspends is left to the browser, and the server is done.
const ReadyName = () => String(useAuthReady().user?.name);
const errors = [];
const html = await new Promise((resolve, reject) => {
  let text = '';
  const sink = new Writable({
    write: (chunk, _, done) => ((text += chunk), done()),
    final: (done) => (resolve(text), done()),
  });
  const app = provide('before ', element(Suspense, { fallback: 'waiting' }, element(ReadyName)));
  const stream = renderToPipeableStream(element('main', null, app), {
    onError: ({ message, digest }) => void errors.push({ message, digest }),
    onShellError: reject,
    onAllReady: () => stream.pipe(sink),
  });
});
assert.match(html, /before [^]*waiting/);
// Next.js, which fails its build at errors, knows the digest.
const expected = {
  message: 'There is no holdfast client on a server.',
  digest: 'BAILOUT_TO_CLIENT_SIDE_RENDERING',
};
assert.deepEqual(errors, [expected]);
// Server components may import it.
assert.match(readFileSync('node_modules/holdfast/react.js', 'utf8'), /^["']use client["'];/);

console.log('rendered on a server');
