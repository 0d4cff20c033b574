import { createExtensionAuthClient } from './holdfast/extension.js';

const auth = await createExtensionAuthClient();

for (const event of ['signedin', 'signedout', 'sessionexpired']) auth.on(event, show);
show();

function show() {
  document.querySelector('[data-testid="user"]').textContent = auth.user()?.name ?? 'nobody';
}
