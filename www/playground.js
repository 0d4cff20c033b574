/** The playground: its controls, its timeline, and what this page tells for it. */
import { wireControls } from './playground/controls.js';
import { wireDeeds } from './playground/deeds.js';
import { startFeed, tell } from './playground/feed.js';
import { rules } from './playground/rules.js';
import { startTimeline } from './playground/timeline.js';

/** For the client's option `logger`: everything that it says, plain data without a secret. */
export const logger = { debug: tell, info: tell, warn: tell, error: tell };

export function wirePlayground(app, config) {
  listRules();
  startTimeline();
  wireControls(app, config);
  startFeed();
  return wireDeeds(app);
}

function listRules() {
  const items = Object.entries(rules).map(([number, text]) => {
    const item = document.createElement('li');
    item.id = `rule-${number}`;
    item.textContent = text;
    return item;
  });
  document.getElementById('rules').append(...items);
}
