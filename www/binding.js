/**
 * The switch for DPoP. An option of the client is fixed for as long as its worker lives, so the demo's server remembers what
 * was chosen, and the page loads again with it, signed out.
 */
const button = document.getElementById('dpop');
const outcome = document.getElementById('dpop-state');

/** @param {{ auth: object, report: (error: Error) => void }} app */
export function wireBinding({ auth, report }, { dpop, isDpopFixed }) {
  const isOn = dpop !== 'off';
  button.setAttribute('aria-checked', String(isOn));
  outcome.textContent = isOn
    ? 'On: each call carries a proof, and the API verifies it.'
    : 'Off: whoever has the access token can use it.';
  if (isDpopFixed) {
    outcome.textContent = 'Off: as the server behaves now, it has no DPoP (see Playground).';
    button.setAttribute('aria-disabled', 'true');
    return;
  }
  button.addEventListener('click', () => choose(isOn ? 'off' : 'required').catch(report));

  async function choose(next) {
    if (auth.isAuthenticated()) await auth.logout({ localOnly: true });
    const response = await fetch(`/dpop/${next}`, { method: 'POST' });
    if (!response.ok) throw new Error(`The demo's server answered ${response.status}.`);
    location.reload();
  }
}
