/**
 * The renewal that single-page apps relied on, as their libraries do it: a hidden iframe asks the server with `prompt=none`,
 * by the session cookie that it has for this browser, and its callback page hands the answer to the page by postMessage.
 * Authorization code with PKCE. It stands here for comparison; holdfast has nothing of the kind.
 */
const PATIENCE_MS = 10_000;

/**
 * @param {{ issuer: string, clientId: string, redirectUri: string, scope: string }} settings
 * @returns {Promise<{ error: string } | { tokens: string[] }>} the server's refusal, or the names of what it sent
 */
export async function renewSilently({ issuer, clientId, redirectUri, scope }) {
  const endpoints = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  const [state, verifier, nonce] = [random(), random(), random()];
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  const request = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    response_mode: 'query',
    scope,
    state,
    nonce,
    code_challenge: base64url(digest),
    code_challenge_method: 'S256',
    prompt: 'none',
  });
  const answer = await answerFromFrame(`${endpoints.authorization_endpoint}?${request}`, redirectUri);
  if (answer.get('state') !== state) throw new Error('the answer has another state');
  if (answer.has('error')) return { error: answer.get('error') };

  const response = await fetch(endpoints.token_endpoint, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: clientId,
      redirect_uri: redirectUri,
      code: answer.get('code'),
      code_verifier: verifier,
    }),
  });
  const tokens = await response.json();
  return response.ok ? { tokens: Object.keys(tokens) } : { error: tokens.error };
}

/** Loads the URL in a hidden frame, and answers the query of the callback's URL. */
async function answerFromFrame(url, redirectUri) {
  const frame = document.createElement('iframe');
  frame.hidden = true;
  try {
    return await new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error('the frame did not answer')), PATIENCE_MS);
      addEventListener('message', ({ origin, source, data }) => {
        if (origin === new URL(redirectUri).origin && source === frame.contentWindow)
          resolve(new URL(data).searchParams);
      });
      frame.src = url;
      document.body.append(frame);
    });
  } finally {
    frame.remove();
  }
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
