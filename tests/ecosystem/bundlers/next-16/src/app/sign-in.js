'use client';

import { useEffect, useRef } from 'react';
import { start } from '../app.js';

export function SignIn() {
  const container = useRef(null);
  // An effect runs in the browser alone; the import above is evaluated on the server, too.
  useEffect(() => {
    start(container.current);
  }, []);
  return (
    <>
      <h1>Rendered on the server</h1>
      <main ref={container} />
    </>
  );
}
