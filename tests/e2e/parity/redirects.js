/** Redirects: by themselves they are refused where a token travels along. */
const to = (answer, status = 302) => ({
  status,
  headers: [['location', `answer?${encodeURIComponent(JSON.stringify(answer))}`]],
});
const END = { body: 'the end' };
const redirect = (name, mode, answer = to(END), more = {}) => ({
  name,
  answer,
  init: { ...(mode && { redirect: mode }), ...more.init },
  ...(more.differs && { differs: more.differs }),
});

export const redirects = [
  ...[301, 302, 303, 307, 308].flatMap((status) => [
    redirect(`${status}, not followed`, 'error', to(END, status)),
    redirect(`${status}, by hand`, 'manual', to(END, status)),
    redirect(`${status}, by default`, undefined, to(END, status), { differs: 'redirect' }),
  ]),
  redirect('by hand, where there is none', 'manual', END),
  redirect('an error, where there is none', 'error', END),
  redirect('by hand, without Location', 'manual', { status: 302, body: 'x' }),
  redirect('an error, without Location', 'error', { status: 302, body: 'x' }),
  redirect('300, which is none', 'error', { ...to(END, 300), body: 'x' }),
  redirect('304, which is none', 'error', { ...to(END, 304) }),
  redirect('POST, by hand', 'manual', to(END), { init: { method: 'POST', body: 'x' } }),
  {
    name: 'a Request that says error',
    answer: to(END),
    input: (url) => new Request(url, { redirect: 'error' }),
  },
  {
    name: 'a Request that says manual',
    answer: to(END),
    input: (url) => new Request(url, { redirect: 'manual' }),
  },
  {
    name: 'a Request that says manual, and error',
    answer: to(END),
    input: (url) => new Request(url, { redirect: 'manual' }),
    init: { redirect: 'error' },
  },
  {
    name: 'a clone of an opaque answer',
    answer: to(END),
    init: { redirect: 'manual' },
    read: (response) => {
      const { type, status, url, ok, body } = response.clone();
      return [type, status, url, ok, body];
    },
  },
];
