/** What the page's client loads when it needs it: files of their own, which are beside index.js. */
export const onDemand = ['callback', 'diagnose', 'log', 'popup', 'register', 'silent'];

/** As the client imports them. */
export const onDemandFiles = onDemand.map((name) => `./${name}.js`);
