/** The control of what is said about third-party cookies: a hidden frame of the bench's own. */
import { waitFor } from '../../tests/e2e/support/wait.mjs';
import { openTabs } from '../lib/tabs.mjs';

/**
 * Signs in at the server at top level, then asks it in a hidden frame.
 *
 * @returns {Promise<string>} 'code', or the error that the frame came back with
 */
export async function frameAnswers({ peers, servers }, { thirdPartyCookies }) {
  const peer = peers.find(({ server }) => server === 'standard');
  const url = new URL(`${servers.issuer}/auth`);
  const parameters = {
    client_id: peer.clientId,
    redirect_uri: `${peer.origin}/silent`,
    response_type: 'code',
    scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', // of RFC 7636, appendix B
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const browser = await openTabs('chromium', { thirdPartyCookies });
  try {
    const tab = await browser.newTab();
    await tab.open(url.href);
    await waitFor(() => tab.run(() => location.search.includes('code=')), 'the sign-in at the server');
    await tab.open(`${peer.url}plain`);
    url.searchParams.set('prompt', 'none');
    await tab.run((src) => {
      const frame = document.createElement('iframe');
      Object.assign(frame, { src, hidden: true });
      document.body.append(frame);
      const timer = setInterval(() => {
        try {
          const answer = new URLSearchParams(frame.contentWindow.location.search);
          window.frameAnswer = answer.has('code') ? 'code' : answer.get('error');
        } catch {
          // Still at the server, which is another origin.
        }
        if (window.frameAnswer) clearInterval(timer);
      }, 10);
    }, url.href);
    return await waitFor(() => tab.run(() => window.frameAnswer), 'the answer in the frame');
  } finally {
    await browser.close();
  }
}
