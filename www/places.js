/** The places of the demo (/, /notes, /activity): shown and hidden without loading a page, by the history API. */

const sections = [...document.querySelectorAll('[data-place]')];
const links = [...document.querySelectorAll('a[data-link]')];
let wired = false;

/** Shows the place that the address names. May be called again when the address was changed by others. */
export function startPlaces() {
  show(location.pathname);
  if (wired) return;
  wired = true;
  addEventListener('popstate', () => show(location.pathname));
  for (const link of links) {
    link.addEventListener('click', (event) => {
      // A new tab or window is the browser's to open.
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      if (link.pathname !== location.pathname) history.pushState(null, '', link.href);
      show(link.pathname);
      sections
        .find((section) => !section.hidden)
        .querySelector('h1')
        .focus();
    });
  }
}

/** Where the person is, as a path to come back to after the sign-in. */
export function currentPlace() {
  return sections.find((section) => !section.hidden).dataset.place;
}

function show(pathname) {
  const place = sections.some((section) => section.dataset.place === pathname) ? pathname : '/';
  document.body.dataset.at = place;
  for (const section of sections) {
    section.hidden = section.dataset.place !== place;
    if (!section.hidden) document.title = `${section.dataset.title} · Holdfast demo`;
  }
  for (const link of links) {
    if (link.pathname === place) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}
