/**
 * Finds secrets in what the probe saw: whole, encoded, or one half of them.
 */

/** Every form in which a secret is looked for. */
export function disguises(secret) {
  const middle = Math.ceil(secret.length / 2);
  // For a JWT the halves split the payload; its parts are as telling.
  const pieces = [secret, secret.slice(0, middle), secret.slice(middle)];
  const parts = secret.split('.');
  if (parts.length === 3) pieces.push(parts[1], parts[2]);
  const forms = new Set();
  for (const piece of pieces) {
    forms.add(piece);
    forms.add(encodeURIComponent(piece));
    forms.add([...piece].reverse().join(''));
    forms.add(Buffer.from(piece).toString('hex'));
    for (const form of base64Forms(piece)) forms.add(form);
  }
  return [...forms].filter((form) => form.length >= 12);
}

/** Base64 depends on where in a longer text the piece begins: the middle part, for each of the three offsets. */
function base64Forms(piece) {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.from(' '.repeat(offset) + piece)
      .toString('base64')
      .replaceAll('=', '');
    const stable = encoded.slice(Math.ceil((offset * 4) / 3), -1);
    return [stable, stable.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/**
 * @param {{ where: string, text: string }[]} records
 * @param {Map<string, string>} secrets  secret -> kind
 * @returns {{ kind: string, where: string, excerpt: string }[]}  without the secret itself
 */
export function findLeaks(records, secrets) {
  const leaks = [];
  for (const [secret, kind] of secrets) {
    const forms = disguises(secret);
    for (const { where, text } of records) {
      const form = forms.find((candidate) => text.includes(candidate));
      if (!form) continue;
      const at = text.indexOf(form);
      leaks.push({ kind, where, excerpt: `${text.slice(Math.max(0, at - 60), at)}<${kind}>` });
    }
  }
  return leaks;
}

/**
 * The one exception: the sign-out navigation names the session that ends by its ID token. Removes `id_token_hint` from
 * URLs that lead to the end-session endpoint, and from nothing else.
 */
export function withoutSignOutHint(records, endSessionEndpoint) {
  const escaped = endSessionEndpoint.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  const hint = new RegExp(`(${escaped}\\?[^\\s"'<>]*?id_token_hint=)[\\w.-]+`, 'g');
  return records.map(({ where, text }) => ({ where, text: text.replace(hint, '$1') }));
}
