/**
 * Faults for the token endpoint of the test authorization server. A test in the same process queues them; each POST to
 * the token endpoint takes the first one that fits it:
 *
 *     provider.faults.push({ status: 503, body: { error: 'server_error' }, headers: { 'retry-after': '1' } });
 *     provider.faults.push({ grantType: 'refresh_token', times: 3, destroy: 'before' });   // never processed
 *     provider.faults.push({ destroy: 'after' });          // processed (and rotated), but the answer is lost
 *     provider.faults.push({ waitBefore: promise });       // processed once the promise settles
 *     provider.faults.push({ waitAfter: () => promise });  // processed at once, answered once it settles
 *
 * `times` defaults to 1 (Infinity is allowed), `grantType`, `clientId` and `userAgent` (a pattern) to any; `name` is for who watches. `provider.faults.length = 0`
 * clears the rest.
 */

/** @returns {{ queue: object[], take(grantType: string, clientId: string, userAgent: string): object | undefined }} */
export function createFaults() {
  const queue = [];
  return {
    queue,
    take(grantType, clientId, userAgent) {
      const fits = (fault) =>
        (!fault.grantType || fault.grantType === grantType) &&
        (!fault.clientId || fault.clientId === clientId) &&
        (!fault.userAgent || fault.userAgent.test(userAgent));
      const index = queue.findIndex(fits);
      if (index === -1) return undefined;
      const fault = queue[index];
      fault.times = (fault.times ?? 1) - 1;
      if (fault.times <= 0) queue.splice(index, 1);
      return fault;
    },
  };
}

/**
 * Koa middleware, after `readForms`: records every POST to the token endpoint in `tokenRequests` as it arrives (`status` is null until
 * it is answered, 0 when the connection was destroyed) and applies the faults.
 */
export function tokenEndpoint({ path, faults, tokenRequests }) {
  return async (ctx, next) => {
    if (ctx.method !== 'POST' || ctx.path !== path) return next();
    const { form } = ctx.state;
    const grantType = form.get('grant_type') ?? '';
    const [resource, audience] = ['resource', 'audience'].map((name) => form.get(name));
    const entry = { grantType, resource, audience, status: null, at: Date.now() };
    tokenRequests.push(entry);

    const fault = faults.take(grantType, form.get('client_id'), ctx.get('User-Agent'));
    ctx.state.fault = fault;
    if (fault?.waitBefore) await settled(fault.waitBefore);
    if (fault?.destroy === 'before') return destroy(ctx, entry);
    if (fault?.status !== undefined) answer(ctx, fault);
    else await next();
    if (fault?.waitAfter) await settled(fault.waitAfter);
    if (fault?.destroy === 'after') return destroy(ctx, entry);

    entry.status = ctx.status;
    if (ctx.status >= 400 && ctx.body?.error) entry.error = ctx.body.error;
    return undefined;
  };
}

async function settled(condition) {
  await Promise.allSettled([typeof condition === 'function' ? condition() : condition]);
}

function destroy(ctx, entry) {
  entry.status = 0;
  ctx.respond = false;
  ctx.req.socket.destroy();
}

function answer(ctx, { status, body = '', headers = {} }) {
  ctx.set('Access-Control-Allow-Origin', ctx.get('Origin') || '*');
  ctx.set('Access-Control-Expose-Headers', 'Retry-After, WWW-Authenticate, DPoP-Nonce');
  ctx.set('Cache-Control', 'no-store');
  ctx.status = status;
  ctx.body = body; // before the caller's headers: Koa chooses a content type here, which they may override
  for (const [name, value] of Object.entries(headers)) ctx.set(name, value);
}
