/**
 * The suites that cargo runs: the host's tests (with the doc tests), and the wasm tests in each browser.
 */
import path from 'node:path';
import { CargoOutput } from './cargo-output.mjs';
import { findBrowser } from './find.mjs';
import { root } from './paths.mjs';
import { attempt } from './process.mjs';
import { startWebKitProxy } from './webkit-proxy.mjs';

/** Compiling from nothing is in these. */
const hostLimit = 20 * 60;
const wasmLimit = 15 * 60;

/** The core as it can be built for the simulation alone: with rules that can be switched off. */
export const simulationBuild = ['--locked', '--profile', 'simulation', '--features', 'simulation'];

export async function hostSuite({ filter, print, verbose }) {
  const options = { filter, print, verbose, timeoutSeconds: hostLimit };
  // Everything that is a test, doc tests included, and one failure does not hide the next.
  const plain = await cargoTest(['--locked', '--no-fail-fast'], options);
  const simulated = await cargoTest([...simulationBuild, '--test', 'simulation'], options);
  return {
    passed: plain.passed + simulated.passed,
    failed: plain.failed + simulated.failed,
    problems: [...plain.problems, ...simulated.problems],
  };
}

export async function wasmSuite(browser, { filter, print, verbose, display }) {
  const { env, stop } = await driverFor(browser, display);
  try {
    return await cargoTest(
      ['--locked', '--no-fail-fast', '--target', 'wasm32-unknown-unknown', '--test', 'wasm_*'],
      {
        filter,
        print,
        verbose,
        timeoutSeconds: wasmLimit,
        env: {
          ...env,
          CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: 'wasm-bindgen-test-runner',
          WASM_BINDGEN_TEST_WEBDRIVER_JSON: path.join(root, 'webdriver.json'),
          WASM_BINDGEN_TEST_TIMEOUT: '180',
          WASM_BINDGEN_TEST_DRIVER_TIMEOUT: '60',
        },
      },
    );
  } finally {
    await stop();
  }
}

/** The runner takes the first driver variable that it knows, so exactly one is set. */
async function driverFor(browser, display) {
  const { driver } = findBrowser(browser);
  const none = {
    CHROMEDRIVER: undefined,
    CHROMEDRIVER_REMOTE: undefined,
    GECKODRIVER: undefined,
    GECKODRIVER_REMOTE: undefined,
    MSEDGEDRIVER: undefined,
    MSEDGEDRIVER_REMOTE: undefined,
    NO_HEADLESS: undefined,
    SAFARIDRIVER: undefined,
    SAFARIDRIVER_REMOTE: undefined,
  };
  switch (browser) {
    case 'chromium':
      return { env: { ...none, CHROMEDRIVER: driver }, stop: async () => {} };
    case 'firefox':
      return { env: { ...none, GECKODRIVER: driver }, stop: async () => {} };
    case 'webkit': {
      const proxy = await startWebKitProxy(driver, display);
      return { env: { ...none, SAFARIDRIVER_REMOTE: proxy.url }, stop: proxy.stop };
    }
    default:
      throw new Error(`unknown browser '${browser}'`);
  }
}

async function cargoTest(args, { filter, print, verbose, env, timeoutSeconds }) {
  const output = new CargoOutput();
  const result = await attempt('cargo', ['test', ...args, ...(filter ? ['--', filter] : [])], {
    cwd: root,
    env: { CARGO_TERM_COLOR: 'never', ...env },
    timeoutSeconds,
    onLine: (line) => {
      const shown = output.line(line);
      if (verbose) print(line);
      else if (shown !== null) print(shown);
    },
  });
  return output.finish({ ...result, filtered: Boolean(filter) });
}
