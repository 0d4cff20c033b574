/** Whether the page's URL looks like an answer at the redirect URI. What it is, the vault says. */
export function isAtCallback(redirectUri: string): boolean {
  const { href, origin, pathname } = location;
  if (!/[?#&](code|error|state)=/.test(href)) return false;
  try {
    return new URL(redirectUri, href).href.split(/[?#]/)[0] === origin + pathname;
  } catch {
    // No URL, as the vault is about to say.
    return false;
  }
}
