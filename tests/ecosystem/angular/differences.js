/** What differs between a request through holdfast's interceptor and one of Angular's own backends, and why. */
export const differences = {
  fetch: {
    'the URL of a broken answer':
      'Where the body breaks off, or can not be written, the error says which URL that was, as with the XHR backend.',
    uploads:
      "No `fetch` reports how far an upload is: `reportUploadProgress` alone is refused, in holdfast's own words.",
  },
  xhr: {
    'what was not JSON': 'The error is the `SyntaxError` itself, not an object with it and the text.',
    'no body': 'Without a body there is `null`, where XMLHttpRequest has an empty text.',
    "a blob's type": 'The whole header `Content-Type`, and nothing where there is none.',
    'a failure': 'A `TypeError` or a `DOMException` in place of a `ProgressEvent`.',
    'options of fetch': 'XMLHttpRequest does not know this option.',
    'a body that is not JSON': 'It is an `HttpErrorResponse`, not the bare `TypeError`.',
    uploads: 'No `fetch` reports how far an upload is: no `UploadProgress` comes.',
  },
};
