/** Koa middleware: the steps of the authorization server that a person sees, and the files those pages need. */
import { drawPicture } from './accounts.mjs';
import {
  consentPage,
  errorPage,
  icon,
  ICON_PATH,
  signInPage,
  stylesheet,
  STYLESHEET_PATH,
} from './pages.mjs';

const MAX_FORM_BYTES = 16 * 1024;

/** @param {{ accounts: object, formTargets: string[] }} options `formTargets`: origins that a form may lead to */
export function interactions({ accounts, formTargets }) {
  // Chromium holds redirects after a form to form-action as well, so the apps' origins belong in it.
  const contentSecurityPolicy = [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' data:",
    'script-src', // none of its own; oidc-provider adds the hash of its self-submitting form
    `form-action 'self' ${formTargets.join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');

  return async (ctx, next) => {
    ctx.set('Content-Security-Policy', contentSecurityPolicy);
    ctx.set('X-Content-Type-Options', 'nosniff');
    ctx.set('Referrer-Policy', 'no-referrer');
    if (ctx.method === 'GET' && ctx.path === STYLESHEET_PATH) return file(ctx, 'text/css', stylesheet);
    if (ctx.method === 'GET' && ctx.path === ICON_PATH) return file(ctx, 'image/svg+xml', icon);
    if (ctx.method === 'GET' && ctx.path.startsWith('/picture/')) return picture(ctx, accounts);
    if (/^\/interaction\/[\w-]+$/.test(ctx.path)) return interaction(ctx, accounts);
    return next();
  };
}

function file(ctx, type, body) {
  ctx.type = type;
  ctx.set('Cache-Control', 'no-cache');
  ctx.body = body;
}

function picture(ctx, accounts) {
  const accountId = decodeURIComponent(ctx.path.slice('/picture/'.length).replace(/\.svg$/, ''));
  const account = accounts.find(accountId);
  if (!account) return undefined; // 404
  // Shown by the apps, which are other sites.
  ctx.set('Cross-Origin-Resource-Policy', 'cross-origin');
  return file(ctx, 'image/svg+xml', drawPicture(accountId, account.profile.name));
}

async function interaction(ctx, accounts) {
  const provider = ctx.app;
  const details = await provider.interactionDetails(ctx.req, ctx.res).catch(unlessOver);
  ctx.set('Cache-Control', 'no-store');
  if (!details) {
    // The way back in the browser's history leads here, too.
    ctx.status = 400;
    ctx.type = 'html';
    ctx.body = errorPage({
      error: 'unknown_interaction',
      error_description: 'This sign-in is over, or took too long.',
    });
    return undefined;
  }
  const client = await provider.Client.find(details.params.client_id);
  const view = { clientName: client.clientName ?? client.clientId, action: ctx.path };

  if (ctx.method === 'GET') {
    ctx.type = 'html';
    ctx.body = render(details, view, accounts);
    return undefined;
  }
  if (ctx.method !== 'POST') return ctx.throw(405);

  const form = await readForm(ctx.req);
  if (form.get('action') === 'cancel') {
    return finish(ctx, { error: 'access_denied', error_description: 'The person chose to cancel' });
  }
  if (details.prompt.name === 'consent') return finish(ctx, { consent: {} });

  const login = (form.get('login') ?? '').trim().slice(0, 80);
  if (!login) {
    ctx.status = 422;
    ctx.type = 'html';
    ctx.body = signInPage({ ...view, suggestedName: '', error: 'Please type a name. Any name will do.' });
    return undefined;
  }
  const { accountId } = accounts.signIn(login);
  const acr = demandedAcr(details.params.claims) ?? details.params.acr_values?.split(' ')[0];
  return finish(ctx, { login: { accountId, amr: ['pwd'], acr } });
}

/** Whoever signs in here does so in the way that was asked for. */
function demandedAcr(claims) {
  const { values, value } = JSON.parse(claims ?? '{}').id_token?.acr ?? {};
  return values?.[0] ?? value;
}

function unlessOver(error) {
  if (error.name !== 'SessionNotFound') throw error;
}

function render(details, view, accounts) {
  if (details.prompt.name === 'consent') {
    const person = accounts.find(details.session?.accountId);
    const scopes = (details.params.scope ?? '').split(' ').filter(Boolean);
    return consentPage({ ...view, personName: person?.profile.given_name ?? 'stranger', scopes });
  }
  return signInPage({ ...view, suggestedName: details.params.login_hint });
}

async function finish(ctx, result) {
  const returnTo = await ctx.app.interactionResult(ctx.req, ctx.res, result);
  ctx.set('Location', returnTo);
  ctx.body = '';
  ctx.status = 303;
}

async function readForm(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_FORM_BYTES)
      throw Object.assign(new Error('form too large'), { status: 413, expose: true });
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString());
}
