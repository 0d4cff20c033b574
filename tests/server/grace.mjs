/**
 * A grace period for rotated refresh tokens, as several services have it and oidc-provider does not: for some seconds the
 * token that was rotated last is answered once more, in the same words. After that, or once its successor was used, the
 * server sees it as before: as reuse.
 */

/** @returns {{ middleware: import('koa').Middleware, set(seconds: number): void }} to run after `tokenEndpoint` */
export function gracePeriod(seconds) {
  const rotations = new Map(); // a rotated token -> { successor, answer, at }
  async function middleware(ctx, next) {
    const token = ctx.state.form?.get('refresh_token');
    if (!token) return next();
    const rotation = rotations.get(token);
    if (rotation && performance.now() - rotation.at < seconds * 1000) {
      ctx.set('Access-Control-Allow-Origin', ctx.get('Origin') || '*');
      ctx.set('Cache-Control', 'no-store');
      ctx.body = rotation.answer;
      return undefined;
    }
    await next();
    const successor = ctx.status === 200 && ctx.body?.refresh_token;
    if (!successor || successor === token) return undefined;
    for (const [earlier, known] of rotations) if (known.successor === token) rotations.delete(earlier);
    rotations.set(token, { successor, answer: ctx.body, at: performance.now() });
    return undefined;
  }
  return {
    middleware,
    set: (value) => {
      seconds = value;
    },
  };
}
