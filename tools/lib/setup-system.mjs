/**
 * Set-up of what the operating system provides: browsers and their drivers, a display without a screen, a C linker.
 * Debian's packages are installed by apt; other systems get told what to put on PATH.
 */
import { ask } from './process.mjs';
import { findBrowser, findOnPath } from './find.mjs';

const needsVirtualDisplay = () => process.platform === 'linux' && !process.env.DISPLAY;

/** need -> what it takes: how to see that it is there, the Debian packages, and words for other systems. */
const systemNeeds = {
  linker: {
    missing: () => (findOnPath('cc') ? [] : ['build-essential']),
    title: 'a C compiler and linker, which Rust links with',
    elsewhere: 'Install a C compiler so that `cc` is on PATH.',
    about: '30 s',
  },
  chromium: {
    missing() {
      const { binary, driver } = findBrowser('chromium');
      return [binary ? null : 'chromium', driver ? null : 'chromium-driver'].filter(Boolean);
    },
    title: 'Chromium and its driver',
    elsewhere:
      'Install Chromium (or Chrome) and chromedriver so that `chromium` and `chromedriver` are on PATH.',
    about: '30 s',
  },
  firefox: {
    missing: () => (findBrowser('firefox').binary ? [] : ['firefox-esr']),
    title: 'Firefox ESR',
    elsewhere: 'Install Firefox so that `firefox` is on PATH.',
    about: '20 s',
  },
  webkit: {
    missing() {
      const { binary, driver } = findBrowser('webkit');
      return [
        binary ? null : 'libwebkit2gtk-4.1-0',
        driver ? null : 'webkit2gtk-driver',
        needsVirtualDisplay() && !findOnPath('Xvfb') ? 'xvfb' : null,
      ].filter(Boolean);
    },
    title: 'WebKitGTK, its driver and a virtual display',
    elsewhere:
      'Install WebKitGTK 4.1 with MiniBrowser (in <libdir>/webkit2gtk-4.1/), WebKitWebDriver and Xvfb (both on PATH). ' +
      'There is no WebKitGTK for macOS and Windows: run the tests in a Debian container there.',
    about: '30 s',
  },
};

/** The step for one of the needs above, in the form that tools/setup.mjs works through. */
export function systemStep(need, name) {
  const { missing, title, elsewhere, about } = systemNeeds[name];
  return {
    need,
    lane: 'system',
    title,
    where: 'the system, by apt-get',
    about,
    elsewhere,
    packages: missing,
    isThere: async () => missing().length === 0,
  };
}

/**
 * Returns a function that installs Debian packages in one go; throws at once where that is not possible.
 * `execute(command, args)` runs a logged command.
 */
export async function prepareInstallation(packages, elsewhere, { uid = process.getuid?.() } = {}) {
  const byHand = `apt-get install ${packages.join(' ')}`;
  if (!findOnPath('apt-get')) {
    throw new Error(`there is no apt-get here, so nothing was installed. ${elsewhere}`);
  }
  const prefix = await rightToInstall(uid);
  if (!prefix) {
    throw new Error(`installing needs root, and sudo asks for a password. Run by hand:\n    sudo ${byHand}`);
  }
  return async (execute) => {
    const apt = (...args) => {
      const [command, ...rest] = [...prefix, 'apt-get', '-q', '-o', 'DPkg::Lock::Timeout=600', ...args];
      return execute(command, rest);
    };
    // A fresh machine's package lists are empty or old. An update that fails for one source may not matter: try on.
    await apt('update').catch(() => {});
    try {
      await apt('install', '-y', '--no-install-recommends', ...packages);
    } catch (error) {
      const sudo = prefix.length > 0 ? 'sudo ' : '';
      throw new Error(`${error.message}\n  Run by hand: ${sudo}${byHand}\n  ${elsewhere}`);
    }
  };
}

/** [] for root, the sudo command when it works without a password, null when neither. */
async function rightToInstall(uid) {
  if (uid === 0) return [];
  const answer = findOnPath('sudo') ? await ask('sudo', ['-n', 'apt-get', '--version']) : null;
  return answer === null ? null : ['sudo', '-n'];
}
