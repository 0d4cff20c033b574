/**
 * Who holds what, worked out from what the servers and the vault told: the entries in the order of time, each applied to what was
 * held before it.
 */

/** Nobody has anything. */
export function nothingHeld() {
  return { isSignedIn: false, access: null, refresh: null, parked: null, seenByApi: null, onItsWay: null };
}

/** @returns {object} what is held after `entry` */
export function afterEntry(held, entry) {
  switch (entry.kind) {
    case 'token':
      return afterTokens(held, entry);
    case 'revocation':
      return entry.sends?.name === held.refresh?.name ? withoutSession(held) : held;
    case 'call':
      return entry.carries ? { ...held, seenByApi: entry.carries } : held;
    case 'told':
      return afterWord(held, entry);
    default:
      return held;
  }
}

function afterTokens(held, { gives, lost, grant, at, milliseconds = 0, lifetime }) {
  if (!gives || lost) return held;
  const access = gives.find(({ name }) => name.startsWith('A'));
  const refresh = gives.find(({ name }) => name.startsWith('R'));
  return {
    ...held,
    isSignedIn: true,
    access: access && { ...access, endsAt: lifetime ? at + milliseconds + lifetime * 1000 : null },
    // No new one in the answer: the old one stays.
    refresh: refresh ?? (grant === 'refresh_token' ? held.refresh : null),
  };
}

function afterWord(held, { event, name, outcome }) {
  if (event === 'signed_out' || event === 'session_expired') return withoutSession(held);
  if (event === 'page_event' && (name === 'signedout' || name === 'sessionexpired'))
    return withoutSession(held);
  // A vault that is new has nothing, until the escrow hands over what the one before had.
  if (event === 'escrow_claim' && outcome === 'state') {
    const { access, refresh } = held;
    return { ...held, isSignedIn: false, access: null, refresh: null, onItsWay: { access, refresh } };
  }
  if (event === 'session_adopted') return { ...held, ...held.onItsWay, isSignedIn: true, onItsWay: null };
  if (event === 'escrow_deposit') {
    return {
      ...held,
      parked: outcome === 'kept' || outcome === 'new' ? (held.refresh ?? held.access) : null,
    };
  }
  return held;
}

function withoutSession(held) {
  return { ...nothingHeld(), seenByApi: held.seenByApi };
}
