import { QueryClientProvider } from '@tanstack/react-query';
import { AuthProvider } from 'holdfast/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router/dom';
import { authClient } from './auth';
import { queryClient } from './queries';
import { router } from './router';

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <AuthProvider
      client={authClient}
      onRedirectCallback={({ returnTo }) => void router.navigate(returnTo ?? '/', { replace: true })}
    >
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </AuthProvider>
  </StrictMode>,
);
