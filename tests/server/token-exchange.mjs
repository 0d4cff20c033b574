/**
 * Token exchange (RFC 8693) for the test server, which has none of its own: a live access token of the same client buys one
 * for a resource or an audience. Refused are audiences that begin with `forbidden`.
 */
const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';
const PARAMETERS = [
  'subject_token',
  'subject_token_type',
  'requested_token_type',
  'audience',
  'resource',
  'scope',
];

export { GRANT_TYPE as TOKEN_EXCHANGE };

/** Teaches it to a provider of npm's `oidc-provider`. */
export function addTokenExchange(provider) {
  provider.registerGrantType(GRANT_TYPE, (ctx) => exchange(provider, ctx), PARAMETERS);
}

async function exchange(provider, ctx) {
  const { client, params } = ctx.oidc;
  const refuse = (error, description) => {
    ctx.status = 400;
    ctx.body = { error, error_description: description };
  };
  if (params.subject_token_type !== ACCESS_TOKEN_TYPE) return refuse('invalid_request', 'subject_token_type');
  const subject = await provider.AccessToken.find(params.subject_token);
  // RFC 8693 section 2.2.2: a subject token that is no good is an invalid request.
  if (!subject || subject.clientId !== client.clientId || subject.isExpired)
    return refuse('invalid_request', 'subject_token');
  const audience = params.resource ?? params.audience;
  if (audience?.startsWith('forbidden')) return refuse('invalid_target', 'not for this client');
  const token = new provider.AccessToken({
    accountId: subject.accountId,
    client,
    grantId: subject.grantId,
    gty: 'token_exchange',
    scope: params.scope,
    claims: {},
  });
  token.resourceServer = new provider.ResourceServer(audience, {
    scope: params.scope ?? '',
    audience,
    accessTokenFormat: 'opaque',
  });
  ctx.body = {
    access_token: await token.save(),
    issued_token_type: ACCESS_TOKEN_TYPE,
    token_type: 'Bearer',
    expires_in: token.expiration,
    scope: params.scope,
  };
}
