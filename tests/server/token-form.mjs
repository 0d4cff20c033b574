/**
 * The form of a request to the token or the revocation endpoint, read before oidc-provider reads it: faults, profiles and the
 * record look at it, and a profile may put another one in its place.
 */

/** Koa middleware: the form is in `ctx.state.form` from here on, for POSTs to one of `paths`. */
export function readForms({ paths }) {
  return async (ctx, next) => {
    if (ctx.method === 'POST' && paths.includes(ctx.path)) {
      const chunks = [];
      for await (const chunk of ctx.req) chunks.push(chunk);
      setForm(ctx, new URLSearchParams(Buffer.concat(chunks).toString()));
    }
    return next();
  };
}

/** From here on the request is one with this form. */
export function setForm(ctx, form) {
  const body = Buffer.from(form.toString());
  ctx.state.form = form;
  // oidc-provider reads the request through these two members, and believes the length.
  ctx.req.headers['content-length'] = String(body.length);
  Object.defineProperty(ctx.req, 'readable', { value: true, configurable: true });
  ctx.req.iterator = async function* iterator() {
    yield body;
  };
}
