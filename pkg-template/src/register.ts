/** Registers the escrow. Loaded where the browser has none of this script yet. */

/** How long the first load of a page waits for the escrow, in milliseconds. */
const PATIENCE = 3000;

/** Waits until it is active: it serves only a worker that starts afterwards. Later loads find it active at once. */
export async function register(
  container: ServiceWorkerContainer,
  script: string | URL,
): Promise<ServiceWorkerRegistration | undefined> {
  const deadline = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE));
  const registering = container.register(script, { updateViaCache: 'none' });
  const registration = await Promise.race([registering, deadline]);
  if (registration && !registration.active) await Promise.race([untilActive(registration), deadline]);
  return registration;
}

function untilActive(registration: ServiceWorkerRegistration): Promise<unknown> {
  const { installing, waiting } = registration;
  return new Promise<void>((resolve) =>
    (installing ?? waiting)!.addEventListener('statechange', () => registration.active && resolve()),
  );
}
