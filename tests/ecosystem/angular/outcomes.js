/** What is to come of each unit of units.ts. */
const API = 'https://api.example';

export const outcomes = {
  'the guard sends to the sign-in, with where the person wanted to go': [
    'pending',
    [['login', { returnTo: '/in?a=1#b' }]],
  ],
  'the guard goes on when somebody has signed in meanwhile': true,
  'the guard looks again when the page comes back, before it says no': [true, '/in', 1],
  'the guard says no when the page comes back and nobody has signed in': false,
  'the guard lets in who is signed in': ['/in', []],
  'the guard as canMatch, under a base path': ['pending', [['login', { returnTo: '/base/in?a=1' }]]],
  'the guard fails with what the start has failed with': ['refused', 'authorization_refused', false, []],
  'a guard with options': [
    '/welcome?url=%2Fin%3Fa%3D1',
    'pending',
    [['login', { returnTo: '/again', authorizationParams: { prompt: 'login' } }]],
  ],
  'a callback that the router has left is put back for the client': [
    '?code=1&state=2',
    '?returned',
    ['/probe?returned'],
  ],
  'what was no callback leaves the URL as it is': '?other',
  'the router goes to where the person was': ['/in?a=1', '/in?a=1'],
  'the app waits for the session where it is asked to': [['session', 'app'], false],
  'otherwise it does not': [true, false],
  'the client is made in an injection context, once, and closed with the app': [['app'], [['close']]],
  'with the mock client of holdfast/testing': ['/in', 'Ada', { n: 1 }],
  'signals follow the events, in the zone': [
    ['Ada', null, null],
    true,
    ['Ada', 'refresh', null],
    { acrValues: 'high', maxAge: null },
    [null, null, 'refused'],
  ],
  'on a server nothing starts': [[], true, '/in', 0, 'There is no'],
  'a server does not wait for the session': true,
  'the interceptor takes what is named, after the earlier ones': [
    [
      ['fetch', `${API}/v1`, 'yes'],
      ['fetch', `${API}/v1/a`, 'yes'],
      ['fetch', '/here/x', 'yes'],
    ],
    [
      `${API}/v10`,
      `${API}.evil/v1`,
      'http://api.example/v1',
      '/hereafter',
      'not a url ://',
      '//api.example/v1/x',
    ],
  ],
  'the interceptor says what it lacks': 'authInterceptor needs the option `intercept` of provideAuth().',
};
