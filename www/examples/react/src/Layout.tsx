import { useQueryClient } from '@tanstack/react-query';
import { useAuth } from 'holdfast/react';
import { useEffect } from 'react';
import { Link, Outlet } from 'react-router';

export function Layout() {
  const { user, isAuthenticated, isLoading, error, login, logout } = useAuth();
  useForgetting();
  return (
    <>
      <h1>A React app</h1>
      <nav>
        <Link to="/">Home</Link> <Link to="/account">Account</Link> <Link to="/report">Report</Link>
      </nav>
      <p>
        <span data-testid="status">
          {isLoading ? 'loading' : isAuthenticated ? 'signed in' : 'signed out'}
        </span>{' '}
        <span data-testid="user">{user?.name as string}</span>
      </p>
      {error && <p data-testid="error">{error.message}</p>}
      <button data-testid="sign-in" disabled={isLoading || isAuthenticated} onClick={() => login()}>
        Sign in
      </button>
      <button data-testid="sign-out" disabled={!isAuthenticated} onClick={() => logout()}>
        Sign out
      </button>
      <Outlet />
    </>
  );
}

/** What was loaded for one person is not for the next one to see. */
function useForgetting() {
  const { client } = useAuth();
  const queryClient = useQueryClient();
  useEffect(() => {
    if (!client) return;
    const endings = [
      client.on('signedout', () => queryClient.clear()),
      client.on('sessionexpired', () => queryClient.clear()),
      // In another tab, perhaps by somebody else. What is shown is loaded anew.
      client.on('signedin', () => queryClient.resetQueries()),
    ];
    return () => endings.forEach((end) => end());
  }, [client, queryClient]);
}
