import { SignIn } from '../sign-in.js';

// `/callback`, too. Rendered for each request, so that the test sees what the server makes of it.
export const dynamic = 'force-dynamic';

export default function Page() {
  return <SignIn />;
}
