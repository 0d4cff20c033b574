/** The rules by which holdfast renews tokens, in short; the timeline names them by number. */
export const rules = {
  1: 'One refresh at a time, whatever asks for it; all calls wait for the same one.',
  2: 'A refresh only when a call needs one: the token has run out, or an API refused it. Never on a timer.',
  3: 'The new refresh token is kept before any call goes on. No new one in the answer: the old one stays.',
  4: 'Only the server’s own refusal ends a session. Outages, portals and limits keep the token and wait.',
  5: 'After a lost answer the same token goes out again, soon enough for the server’s grace period.',
  6: 'What comes back after a sign-out is thrown away and revoked.',
  7: 'A call that was refused for an older token is repeated with the newer one, without another refresh.',
  8: 'Expiry is measured by two clocks; where the server says none, a token is used until it is refused.',
  9: 'Without its DPoP key a refresh token is over.',
  10: 'A new sign-in revokes the refresh token that it replaces.',
};
