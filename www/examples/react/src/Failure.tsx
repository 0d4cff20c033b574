import { useAuth } from 'holdfast/react';
import { useRouteError } from 'react-router';

/** What components and loaders have thrown. */
export function Failure() {
  const error = useRouteError();
  const { login } = useAuth();
  return (
    <div role="alert">
      <p data-testid="failure">{error instanceof Error ? error.message : 'Something went wrong.'}</p>
      <button onClick={() => login()}>Sign in</button>
    </div>
  );
}
