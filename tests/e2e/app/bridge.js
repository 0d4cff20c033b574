/**
 * The page's end of the harness: runs functions that a test sends, in the page's own realm (WebDriver's scripts run in a
 * sandbox in some browsers), and hands results and errors back as plain data.
 */

/** An error as data, with everything that AuthError documents. */
export function describeError(error) {
  if (!(error instanceof Error) && !(error instanceof DOMException)) return { thrown: String(error) };
  const { name, message, code, phase, retryable, oauth } = error;
  const AuthError = window.e2e?.AuthError;
  return {
    name,
    message,
    code,
    phase,
    retryable,
    oauth: oauth && { ...oauth },
    isAuthError: AuthError ? error instanceof AuthError : false,
    isError: error instanceof Error,
    causedBy: error.cause === undefined ? undefined : String(error.cause),
  };
}

/** Puts `window.e2e` in place and answers it. */
export function installBridge() {
  window.e2e = {
    ready: false,
    events: [],
    /** The same where the page's policy forbids `eval`: the function is a module's default export. */
    async runModule(url, args) {
      try {
        return { value: await (await import(url)).default(...args) };
      } catch (error) {
        return { error: describeError(error) };
      }
    },
    async run(source, args) {
      try {
        // Indirect eval: the function closes over the page's globals only.
        return { value: await (0, eval)(`(${source})`)(...args) };
      } catch (error) {
        return { error: describeError(error) };
      }
    },
  };
  return window.e2e;
}
