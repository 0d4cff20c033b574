/** Codes and tokens of the hostile provider: each code once, each refresh token once (the second use ends the family). */
import { createHash, randomBytes } from 'node:crypto';

const random = (kind) => `${kind}-${randomBytes(24).toString('base64url')}`;

export class Grants {
  #journal;
  #prefix;
  #codes = new Map();
  #accessTokens = new Map();
  #refreshTokens = new Map();

  /** `prefix` stands at the beginning of each code and token, by which it can be told whose it is. */
  constructor(journal, prefix = '') {
    this.#journal = journal;
    this.#prefix = prefix;
  }

  /** A code for what was asked. */
  issueCode(request) {
    const code = this.#journal.learn('code', random(`${this.#prefix}code`));
    this.#codes.set(code, request);
    return code;
  }

  /** What the code was for; `undefined` where it, the verifier or anything else is wrong. A code is taken once. */
  takeCode({ code, code_verifier: verifier, client_id: client, redirect_uri: uri }) {
    const request = this.#codes.get(code);
    this.#codes.delete(code);
    this.#journal.learn('code verifier', verifier);
    const isShaped = /^[\w.~-]{43,128}$/.test(verifier ?? '');
    const challenge = isShaped && createHash('sha256').update(verifier).digest('base64url');
    const fits =
      request?.code_challenge === challenge && request.client_id === client && request.redirect_uri === uri;
    return fits ? request : undefined;
  }

  /** Tokens of a family that goes on, or of a new one. */
  issueTokens(family) {
    const accessToken = this.#journal.learn('access token', random(`${this.#prefix}access`));
    const refreshToken = this.#journal.learn('refresh token', random(`${this.#prefix}refresh`));
    family.ended = false;
    this.#accessTokens.set(accessToken, family);
    this.#refreshTokens.set(refreshToken, { family, isUsed: false });
    return { accessToken, refreshToken };
  }

  /** The family of a refresh token that is good, which it is for this once. */
  takeRefreshToken(refreshToken, jkt) {
    const known = this.#refreshTokens.get(refreshToken);
    if (!known || known.family.ended) return undefined;
    if (known.isUsed) known.family.ended = true;
    if (known.family.ended || known.family.jkt !== jkt) return undefined;
    known.isUsed = true;
    return known.family;
  }

  /** Makes a refresh token as good as unused, for servers that don't rotate. */
  giveBack(refreshToken) {
    this.#refreshTokens.get(refreshToken).isUsed = false;
  }

  revoke(token) {
    const family = this.#refreshTokens.get(token)?.family ?? this.#accessTokens.get(token);
    if (family) family.ended = true;
  }

  /** The family that an access token is of, where it is good. */
  familyOf(accessToken) {
    const family = this.#accessTokens.get(accessToken);
    return family && !family.ended ? family : undefined;
  }

  /** From now on an API takes this access token no more; the session goes on. */
  forget(accessToken) {
    this.#accessTokens.delete(accessToken);
  }
}
