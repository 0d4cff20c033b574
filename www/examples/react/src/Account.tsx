import { useAuth, withAuthenticationRequired } from 'holdfast/react';
import { Link } from 'react-router';
import { useMe } from './queries';

function AccountOfSomebody() {
  const { user } = useAuth();
  const { data, error } = useMe();
  return (
    <section>
      <h2>The account of {user?.name as string}</h2>
      {error ? <p role="alert">{error.message}</p> : <p data-testid="subject">{data?.subject}</p>}
    </section>
  );
}

/** Whoever comes here signed out is sent to the sign-in, and comes back. */
export const Account = withAuthenticationRequired(AccountOfSomebody, {
  fallback: <p data-testid="waiting">One moment ...</p>,
  signedOut: (
    <p data-testid="gone">
      You have signed out. <Link to="/">Home</Link>
    </p>
  ),
});
