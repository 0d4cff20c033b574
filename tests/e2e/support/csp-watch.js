/**
 * Keeps what a Content-Security-Policy has forbidden, in a page and, put before worker.js, in the vault. A page's list is
 * in localStorage, for it has to outlive the page. WebKit tells a worker nothing of what it forbids: so every request of the vault's
 * is kept, too, that was refused.
 */
(() => {
  const channel = new BroadcastChannel('csp-watch');
  const isPage = 'document' in self;
  const keep = (violation) => {
    const all = JSON.parse(localStorage.getItem('csp-violations') ?? '[]');
    localStorage.setItem('csp-violations', JSON.stringify([...all, violation]));
  };
  self.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample }) => {
    const violation = { where: isPage ? 'page' : 'worker', effectiveDirective, blockedURI, sample };
    if (isPage) keep(violation);
    else channel.postMessage({ violation });
  });
  channel.onmessage = ({ data }) => {
    if (isPage && data.violation) keep(data.violation);
    // Something that no policy of the tests allows.
    if (!isPage && data.violate) self.fetch(data.violate).catch(() => {});
  };
  const { fetch } = self;
  if (!isPage) {
    self.fetch = (...args) => {
      const response = fetch(...args);
      const refused = args[0].url ?? String(args[0]);
      response.catch(({ name }) => {
        if (name === 'TypeError') channel.postMessage({ violation: { where: 'worker', refused } });
      });
      return response;
    };
  }
  // Kept, or it may be collected.
  self.cspWatch = channel;
})();
