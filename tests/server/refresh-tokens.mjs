/**
 * Refresh tokens as a service of a profile hands them out. Inside, oidc-provider keeps one that it never rotates; outside go
 * tokens of our own that stand for it, so that rotation, grace, reuse and refusals are as the profile has them, also after a
 * change of profile in the middle of a session.
 */
import { randomBytes } from 'node:crypto';
import { setForm } from './token-form.mjs';

/**
 * @param {object} options
 * @param {string} options.tokenPath
 * @param {string} options.revocationPath
 * @param {() => object} options.behaviour what `behaviourOf` gives, for now
 * @returns {{ middleware: import('koa').Middleware, accepted(): { token: string, untilMs: number | null }[] }}
 *   `accepted`: the tokens that would buy something now, and when that ends by itself, in milliseconds since 1970
 */
export function profiledRefreshTokens({ tokenPath, revocationPath, behaviour }) {
  const tokens = new Map(); // what went out -> { inner, family, replacedAt, answer }
  const revocations = [];
  const newFamily = () => ({ isOver: false, newest: undefined });

  async function middleware(ctx, next) {
    const { form } = ctx.state;
    if (!form) return next();
    if (ctx.path === revocationPath) return revoke(ctx, form, next);
    if (ctx.path !== tokenPath) return next();
    return form.get('grant_type') === 'refresh_token' ? refresh(ctx, form, next) : begin(ctx, next);
  }

  /** The end of a sign-in. */
  async function begin(ctx, next) {
    await next();
    const inner = ctx.status === 200 && ctx.body?.refresh_token;
    if (!inner) return;
    ctx.body = { ...ctx.body, refresh_token: handOut(inner, newFamily()) };
    leaveOut(ctx);
  }

  async function refresh(ctx, form, next) {
    const presented = form.get('refresh_token');
    const known = tokens.get(presented);
    if (!known || known.family.isOver) return refuse(ctx);
    if (known.replacedAt !== undefined) {
      if (!isInGrace(known)) return reuse(ctx, known);
      ctx.state.isGrace = true;
      if (behaviour().graceAnswer === 'same') return answer(ctx, known.answer);
    }
    setForm(ctx, withToken(form, 'refresh_token', known.inner));
    await next();
    if (ctx.status === 200) return succeed(ctx, presented, known);
    if (ctx.body?.error !== 'invalid_grant') return undefined;
    // A browser that repeats a POST by itself sends the same proof. oidc-provider says invalid_grant to that, too.
    const isReplay = /replay/i.test(ctx.state.errorDetail);
    return isReplay ? answer(ctx, { error: 'invalid_dpop_proof' }, 400) : refuse(ctx);
  }

  function succeed(ctx, presented, known) {
    const { rotation } = behaviour();
    const { refresh_token: _, ...body } = ctx.body;
    if (rotation === 'repeats') body.refresh_token = presented;
    if (rotation === 'replaces' || rotation === 'adds') {
      body.refresh_token = handOut(known.inner, known.family);
      // The one before the last is good for nothing once its successor was used.
      for (const other of tokens.values()) if (other.successor === presented) other.answer = undefined;
    }
    ctx.body = body;
    leaveOut(ctx);
    if (rotation === 'replaces') {
      Object.assign(known, { successor: body.refresh_token, answer: ctx.body });
      known.replacedAt ??= Date.now();
    }
  }

  /** Out goes a token of ours, in goes oidc-provider's own. */
  async function revoke(ctx, form, next) {
    const known = tokens.get(form.get('token'));
    revocations.push(form.get('token'));
    if (known) {
      known.family.isOver = true;
      // All of the person's sessions with the client. There is one person here.
      if (behaviour().revocationEnds === 'client') endAll();
      setForm(ctx, withToken(form, 'token', known.inner));
    }
    return next();
  }

  function handOut(inner, family) {
    const token = randomBytes(32).toString('base64url');
    tokens.set(token, { inner, family, replacedAt: undefined, answer: undefined, successor: undefined });
    return token;
  }

  function isInGrace({ replacedAt, answer: first }) {
    return first !== undefined && Date.now() - replacedAt < behaviour().graceSeconds * 1000;
  }

  function reuse(ctx, { family }) {
    ctx.state.isReuse = true;
    if (behaviour().reuseEnds === 'session') family.isOver = true;
    return refuse(ctx);
  }

  function refuse(ctx) {
    const { status, body } = behaviour().refusal;
    answer(ctx, body, status);
  }

  function leaveOut(ctx) {
    const omitted = behaviour().omits;
    ctx.body = Object.fromEntries(Object.entries(ctx.body).filter(([name]) => !omitted.includes(name)));
  }

  function accepted() {
    return [...tokens]
      .filter(([, known]) => !known.family.isOver && (known.replacedAt === undefined || isInGrace(known)))
      .map(([token, { replacedAt }]) => ({
        token,
        untilMs: replacedAt === undefined ? null : replacedAt + behaviour().graceSeconds * 1000,
      }));
  }

  function endAll() {
    for (const { family } of tokens.values()) family.isOver = true;
  }

  return { middleware, accepted, endAll, revocations };
}

function withToken(form, name, token) {
  const changed = new URLSearchParams(form);
  changed.set(name, token);
  return changed;
}

function answer(ctx, body, status = 200) {
  ctx.set('Access-Control-Allow-Origin', ctx.get('Origin') || '*');
  ctx.set('Cache-Control', 'no-store');
  ctx.status = status;
  ctx.body = body;
}
