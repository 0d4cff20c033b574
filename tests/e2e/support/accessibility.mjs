/**
 * A small check of a page's accessibility, run inside the page: what a machine can tell without a rule engine.
 */

/**
 * Self-contained, for WebDriver sends its source.
 * @returns {string[]} what is wrong
 */
export function accessibilityProblems() {
  const problems = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const isShown = (element) => element.checkVisibility?.() ?? element.getClientRects().length > 0;
  const shown = (selector) => all(selector).filter(isShown);
  const words = (text) => (text ?? '').replace(/\s+/g, ' ').trim();
  const describe = (element) => words(element.outerHTML).slice(0, 120);

  function textOf(element) {
    const pictures = [...element.querySelectorAll('img[alt], svg[aria-label]')];
    const hidden = [...element.querySelectorAll('[aria-hidden="true"]')].map((part) => part.textContent);
    let text = element.textContent;
    for (const part of hidden) text = text.replace(part, '');
    return words(
      text + pictures.map((it) => it.getAttribute('alt') ?? it.getAttribute('aria-label')).join(' '),
    );
  }

  function nameOf(element) {
    const labelledBy = words(element.getAttribute('aria-labelledby'));
    if (labelledBy)
      return words(
        labelledBy
          .split(' ')
          .map((id) => document.getElementById(id)?.textContent)
          .join(' '),
      );
    if (element.getAttribute('aria-label')) return words(element.getAttribute('aria-label'));
    const labels = [...(element.labels ?? [])].map((label) => label.textContent).join(' ');
    return words(labels) || textOf(element) || words(element.getAttribute('title'));
  }

  if (!/^[a-z]{2,3}(-[A-Za-z0-9]+)*$/.test(document.documentElement.lang))
    problems.push('the document has no language');
  if (!words(document.title)) problems.push('the document has no title');
  const mains = shown('main, [role="main"]');
  if (mains.length !== 1) problems.push(`${mains.length} main landmarks; there must be one`);
  const navigations = shown('nav');
  if (navigations.length > 1 && navigations.some((nav) => !nameOf(nav)))
    problems.push('a nav without a name');
  for (const part of document.body.children) {
    const landmark = 'header, nav, main, aside, footer, [role], script, style, template, noscript';
    const isSkipLink = part.matches('a[href^="#"]');
    const holdsLandmarks = part.querySelector('main, aside, nav');
    if (isShown(part) && textOf(part) && !part.matches(landmark) && !isSkipLink && !holdsLandmarks) {
      problems.push(`outside of every landmark: ${describe(part)}`);
    }
  }

  const levels = shown('h1, h2, h3, h4, h5, h6').map((heading) => [Number(heading.tagName[1]), heading]);
  if (levels.filter(([level]) => level === 1).length !== 1) problems.push('there must be one h1');
  if (levels[0]?.[0] !== 1) problems.push('the first heading is no h1');
  levels.forEach(([level, heading], index) => {
    if (index > 0 && level > levels[index - 1][0] + 1) problems.push(`a skipped level: ${describe(heading)}`);
    if (!textOf(heading)) problems.push(`an empty heading: ${describe(heading)}`);
  });

  for (const control of shown('button, a[href], summary, [role="button"], [role="link"]')) {
    if (!nameOf(control)) problems.push(`nameless: ${describe(control)}`);
  }
  for (const field of shown('input:not([type="hidden"]), select, textarea, progress, meter')) {
    if (!nameOf(field)) problems.push(`without a label: ${describe(field)}`);
  }
  for (const image of all('img'))
    if (!image.hasAttribute('alt')) problems.push(`without alt: ${describe(image)}`);
  for (const part of all('[tabindex]')) {
    if (part.tabIndex > 0) problems.push(`a tabindex above 0: ${describe(part)}`);
  }
  for (const part of shown('[aria-hidden="true"]')) {
    if (part.querySelector('button, a[href], input, [tabindex="0"]'))
      problems.push(`hidden but operable: ${describe(part)}`);
  }

  const ids = all('[id]').map(({ id }) => id);
  for (const id of new Set(ids)) {
    if (ids.filter((other) => other === id).length > 1) problems.push(`the id ${id} is there twice`);
  }
  for (const attribute of ['aria-labelledby', 'aria-describedby', 'aria-controls', 'for']) {
    for (const part of all(`[${attribute}]`)) {
      for (const id of words(part.getAttribute(attribute)).split(' ')) {
        if (!ids.includes(id)) problems.push(`${attribute} names nothing: ${describe(part)}`);
      }
    }
  }
  return problems;
}
