import { createBrowserRouter } from 'react-router';
import { Account } from './Account';
import { authClient } from './auth';
import { Failure } from './Failure';
import { Home } from './Home';
import { Layout } from './Layout';
import { Report } from './Report';
import { api } from './settings';

/** For loaders that need somebody signed in. They run before any component, and may call the API at once. */
async function signedIn(request: Request) {
  const auth = await authClient();
  while (!(await auth.checkSession())) {
    const { pathname, search } = new URL(request.url);
    await auth.loginWithRedirect({ returnTo: pathname + search });
    // The browser is on its way. Where it comes back to this page as it was, look again: by now the vault may know somebody.
    await new Promise<void>((resolve) => {
      addEventListener('pageshow', ({ persisted }) => persisted && resolve());
    });
  }
  return auth;
}

async function loadReport({ request }: { request: Request }) {
  const auth = await signedIn(request);
  const response = await auth.fetch(`${api}/me`, { signal: request.signal });
  if (!response.ok) throw new Error(`The API answered ${response.status}.`);
  return (await response.json()) as { subject: string };
}

export const router = createBrowserRouter([
  {
    element: <Layout />,
    HydrateFallback: () => <p data-testid="status">loading</p>,
    ErrorBoundary: Failure,
    children: [
      { index: true, element: <Home /> },
      { path: 'callback', element: <Home /> },
      { path: 'account', element: <Account /> },
      { path: 'report', element: <Report />, loader: loadReport },
    ],
  },
]);
