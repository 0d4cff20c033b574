import { AuthError } from 'holdfast';

/** Greets the person who is signed in, by the name that the API knows. */
export async function greet(element, auth) {
  if (!auth.isAuthenticated()) {
    element.innerHTML = '<button>Sign in</button>';
    element.querySelector('button').onclick = () => auth.loginWithRedirect();
    return;
  }
  try {
    const response = await auth.fetch('https://api.example/me');
    element.textContent = `Hello, ${(await response.json()).name}`;
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    element.textContent = `Failed: ${error.code}`;
  }
}
