import { AuthError, type AuthClient } from 'holdfast';

/** Shows a person's orders in `element`, or a button to sign in. Returns a function that ends it. */
export function showOrders(element: HTMLElement, auth: AuthClient): () => void {
  const show = async () => {
    const user = auth.user();
    if (!user) {
      element.innerHTML = '<button>Sign in</button>';
      element.querySelector('button')!.onclick = () => auth.loginWithRedirect({ returnTo: '/orders' });
      return;
    }
    element.textContent = `Orders of ${user.name}: ...`;
    try {
      const response = await auth.fetch('https://api.example/orders');
      element.textContent = `Orders of ${user.name}: ${(await response.json()).join(', ')}`;
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      element.textContent = error.retryable ? 'Try again in a moment.' : `Failed: ${error.code}`;
    }
  };
  const ends = (['signedin', 'signedout', 'sessionexpired'] as const).map((event) => auth.on(event, show));
  void show();
  return () => ends.forEach((end) => end());
}
