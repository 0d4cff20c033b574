/** Requests to the authorization server: no cookies, no redirects, no referrer, and an end. */

type Header = string | null;
type Facts = [retryAfter: Header, contentType: Header, nonce: Header, date: Header, challenge?: Header];
type Answer = [type: 'response', body: string, status: number, ...Facts];
/** What became of a request. The escrow, which carries some of them, says it in the same words. */
export type Outcome = Answer | [type: 'timeout' | 'failure'];

/** With `form` it is a POST. */
export async function ask(
  url: string,
  form: string | undefined,
  authorization: string | undefined,
  timeout: number,
  proof: string | undefined,
): Promise<Outcome> {
  const signal = AbortSignal.timeout(timeout);
  try {
    const response = await fetch(url, {
      ...(form !== undefined && { method: 'POST', body: form }),
      headers: {
        accept: 'application/json',
        ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
        ...(proof && { dpop: proof }),
        ...(authorization && { authorization }),
      },
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      cache: 'no-cache',
      signal,
    });
    const body = await text(response);
    return ['response', body, response.status, ...readHeaders(response.headers)];
  } catch {
    // What is thrown tells it in Chromium alone.
    return [signal.aborted ? 'timeout' : 'failure'];
  }
}

/** No answer is longer, in bytes once it is unpacked. A server's metadata and keys have some thousands. */
export const LONGEST = 4 * 1024 * 1024;

/** The body; of one that is too long nothing, which is no answer to anything. */
async function text({ body }: Response): Promise<string> {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (let left = LONGEST; reader;) {
    const { done, value } = await reader.read();
    if (done) break;
    left -= value.length;
    if (left < 0) {
      reader.cancel().catch(() => {});
      return '';
    }
    text += decoder.decode(value, { stream: true });
  }
  return text + decoder.decode();
}

/** What is read of an answer's headers. */
export function readHeaders(headers: Headers): Facts {
  return ['retry-after', 'content-type', 'dpop-nonce', 'date', 'www-authenticate'].map((name) =>
    headers.get(name),
  ) as Facts;
}

/** Whether an escrow says what became of a request that it has carried. */
export function isOutcome(answer: unknown[]): answer is Outcome {
  return isAnswer(answer) || answer[0] === 'timeout' || answer[0] === 'failure';
}

export function isAnswer(answer: unknown[]): answer is Answer {
  return answer[0] === 'response' && typeof answer[1] === 'string';
}

/** An answer as the core reads it: what it lacks is `NaN` or nothing; `date` in milliseconds. */
export function read([, body, status, retryAfter, contentType, nonce, date, challenge]: Answer) {
  const looksLikeHtml = !!contentType?.startsWith('text/html');
  return {
    texts: [body, nonce, challenge],
    facts: [status, seconds(retryAfter), looksLikeHtml, Date.parse(date ?? '')] as const,
  };
}

/** `Retry-After`, whether it is a number or a date (RFC 9110 section 10.2.3). Seen only where the server exposes it by CORS. */
function seconds(text: Header): number {
  if (/^\s*\d+\s*$/.test(text ?? '')) return +text!;
  const wait = Date.parse(text ?? '') - Date.now();
  return wait > 0 ? wait / 1000 : NaN;
}
