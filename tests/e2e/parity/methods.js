/** Methods: what is normalized, what is refused, and which have a body. */
const post = (method) => ({ name: `${method} with a body`, init: { method, body: 'x' } });

export const methods = [
  ...['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) => ({
    name: method,
    init: { method },
  })),
  ...['get', 'head', 'post', 'put', 'delete', 'oPtIoNs'].map((method) => ({
    name: `${method}, which is normalized`,
    init: { method },
  })),
  { name: 'patch, which is not normalized', init: { method: 'patch', body: 'x' } },
  { name: 'a method of its own', init: { method: 'PURGE' } },
  { name: 'a method of its own with a body', init: { method: 'REPORT', body: '<x/>' } },
  ...['CONNECT', 'TRACE', 'TRACK', 'connect', 'trace'].map((method) => ({
    name: `${method}, which is forbidden`,
    init: { method },
  })),
  { name: 'a method that is no token', init: { method: 'GE T' } },
  { name: 'an empty method', init: { method: '' } },
  { name: 'a method that is not ASCII', init: { method: 'GRÜSSE' } },
  { name: 'null as a method', init: { method: null } },
  ...['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map(post),
  post('GET'),
  post('HEAD'),
  post('get'),
  { name: 'GET with an empty body', init: { method: 'GET', body: '' } },
  { name: 'GET with null for a body', init: { method: 'GET', body: null } },
  { name: 'GET with undefined for a body', init: { method: 'GET', body: undefined } },
];
