import { useAuth, useAuthFetch } from 'holdfast/react';
import { useState } from 'react';
import { api } from './settings';

export function Home() {
  const { isAuthenticated } = useAuth();
  const fetch = useAuthFetch();
  const [answer, setAnswer] = useState('');
  const call = async () => {
    const response = await fetch(`${api}/me`);
    setAnswer(await response.text());
  };
  return (
    <>
      <button data-testid="call" disabled={!isAuthenticated} onClick={call}>
        Call the API
      </button>
      <pre data-testid="answer">{answer}</pre>
    </>
  );
}
