/** The app's own URLs, which it may write as paths of its origin. */

/** Makes the URLs among the options of `createAuthClient` absolute, in place. */
export function makeOptionsAbsolute(options: unknown): void {
  makeAbsolute(options, 'redirectUri', 'postLogoutRedirectUri');
  const { resources } = Object(options) as Record<string, unknown>;
  if (!Array.isArray(resources)) return;
  makeAbsolute(resources, ...Object.keys(resources));
  for (const resource of resources) makeAbsolute(resource, 'url');
}

/** Makes the members `names` of `holder` absolute, in place. */
export function makeAbsolute(holder: unknown, ...names: string[]): void {
  const members = Object(holder) as Record<string, unknown>;
  for (const name of names) members[name] = absolute(members[name]);
}

/**
 * A URL in the browser's own serialization. What is none stays as it is, for the module to refuse; so does what is not
 * ASCII, lest the name of a host be another one than it seems.
 */
function absolute(url: unknown): unknown {
  // To a browser a backslash is a slash, and a tab or line break is nothing: what begins like that names a host, too.
  if (typeof url !== 'string' || !/^\/(?![/\\\s])|^https?:[ -~]*$/i.test(url)) return url;
  try {
    // The page's. A worker that the app made may stand at a blob: URL.
    return new URL(url, self.origin).href;
  } catch {
    return url;
  }
}
