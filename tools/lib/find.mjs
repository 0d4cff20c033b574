/**
 * Finds programs and browsers on this machine. Looks only, installs nothing.
 */
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** The full path of the first of these programs that is on PATH, or null. */
export function findOnPath(...names) {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  for (const name of names) {
    for (const folder of folders) {
      const file = path.join(folder, name);
      if (isExecutable(file)) return file;
    }
  }
  return null;
}

/** Puts a folder first on PATH, for this process and the ones it starts. */
export function putFirstOnPath(folder) {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((each) => each !== folder);
  process.env.PATH = [folder, ...folders].join(path.delimiter);
}

export const browserNames = ['chromium', 'firefox', 'webkit'];

/** The browser's executable and its WebDriver; null for what is absent. */
export function findBrowser(name) {
  switch (name) {
    case 'chromium':
      return {
        binary: findOnPath('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'),
        driver: findOnPath('chromedriver'),
      };
    case 'firefox':
      return { binary: findOnPath('firefox-esr', 'firefox'), driver: findOnPath('geckodriver') };
    case 'webkit':
      return { binary: findMiniBrowser(), driver: findOnPath('WebKitWebDriver') };
    default:
      throw new Error(`unknown browser '${name}'; known are ${browserNames.join(', ')}`);
  }
}

/** WebKitGTK's small browser is not on PATH: Debian keeps it in a folder named after the machine's architecture. */
function findMiniBrowser() {
  const candidates = ['/usr/libexec/webkit2gtk-4.1/MiniBrowser'];
  for (const library of ['/usr/lib', '/usr/lib64']) {
    if (!existsSync(library)) continue;
    candidates.push(path.join(library, 'webkit2gtk-4.1/MiniBrowser'));
    for (const folder of readdirSync(library)) {
      candidates.push(path.join(library, folder, 'webkit2gtk-4.1/MiniBrowser'));
    }
  }
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
