/**
 * Set-up of the Rust side: the wasm32 target, the lint components, and three tools that cargo compiles from source.
 * Compiled tools go to a per-user folder, so that a second clone has them at once and ~/.cargo/bin is left alone.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findOnPath, putFirstOnPath } from './find.mjs';
import { root, toolsBin, toolsRoot, userCache } from './paths.mjs';
import { ask } from './process.mjs';

const wasmPackVersion = '0.15.0';
const geckodriverVersion = '0.37.1';

/** A fresh rustup puts itself on PATH only for the next login. */
export function findCargo() {
  if (!findOnPath('cargo')) {
    const folder = path.join(process.env.CARGO_HOME || path.join(os.homedir(), '.cargo'), 'bin');
    if (existsSync(path.join(folder, 'cargo'))) putFirstOnPath(folder);
  }
  return findOnPath('cargo');
}

export function cargoStep(need) {
  return {
    need,
    lane: 'rust',
    title: 'Rust',
    isThere: async () => Boolean(findCargo()),
    install: async () => {
      throw new Error(
        'Rust is not installed. Get it by the one command on https://rustup.rs, then run this again.',
      );
    },
  };
}

/** The folder of the active toolchain, asked once: every answer costs a start of rustc. */
let sysroot;
const toolchain = () => (sysroot ??= ask('rustc', ['--print', 'sysroot'], { cwd: root }));

export function wasmTargetStep(need) {
  return {
    need,
    lane: 'rust',
    title: 'the wasm32-unknown-unknown target of Rust',
    where: 'the Rust toolchain, by rustup',
    about: '15 s',
    isThere: async () =>
      existsSync(path.join((await toolchain()) ?? '', 'lib/rustlib/wasm32-unknown-unknown/lib')),
    install: (execute) => rustup(execute, 'target', 'add', 'wasm32-unknown-unknown'),
  };
}

export function lintStep(need) {
  return {
    need,
    lane: 'rust',
    title: 'rustfmt and clippy',
    where: 'the Rust toolchain, by rustup',
    about: '15 s',
    isThere: async () => {
      const bin = path.join((await toolchain()) ?? '', 'bin');
      return existsSync(path.join(bin, 'rustfmt')) && existsSync(path.join(bin, 'cargo-clippy'));
    },
    install: (execute) => rustup(execute, 'component', 'add', 'rustfmt', 'clippy'),
  };
}

async function rustup(execute, ...args) {
  if (!findOnPath('rustup')) {
    throw new Error(
      `this Rust was not installed by rustup, and it lacks what \`rustup ${args.join(' ')}\` would add. ` +
        "Add it with the system's package manager, or get rustup from https://rustup.rs.",
    );
  }
  await execute('rustup', args, { cwd: root });
}

/** The command line tool has to be of exactly the library's version, or it refuses the module. */
export function wasmBindgenVersion(lock = path.join(root, 'Cargo.lock')) {
  const text = existsSync(lock) ? readFileSync(lock, 'utf8') : '';
  return text.match(/^name = "wasm-bindgen"\nversion = "([^"]+)"/m)?.[1] ?? null;
}

export function wasmBindgenStep(need) {
  const version = wasmBindgenVersion();
  return cargoTool(need, {
    crate: 'wasm-bindgen-cli',
    version,
    programs: ['wasm-bindgen', 'wasm-bindgen-test-runner'],
    locked: false,
    about: '3 min',
  });
}

export function wasmPackStep(need) {
  return cargoTool(need, {
    crate: 'wasm-pack',
    version: wasmPackVersion,
    programs: ['wasm-pack'],
    locked: true,
    about: '2 min',
  });
}

/** Any version on PATH will do: a driver talks to browsers older and newer than itself. */
export function geckodriverStep(need) {
  const step = cargoTool(need, {
    crate: 'geckodriver',
    version: geckodriverVersion,
    programs: ['geckodriver'],
    locked: true,
    about: '2 min',
  });
  return { ...step, isThere: async () => Boolean(findOnPath('geckodriver')) };
}

function cargoTool(need, { crate, version, programs, locked, about }) {
  return {
    need,
    lane: 'rust',
    title: `${crate} ${version}, compiled from source`,
    where: toolsBin,
    about,
    isThere: async () => {
      const versions = await Promise.all(programs.map((program) => ask(program, ['--version'])));
      return versions.every((answer) => answer?.split(/\s+/)[1] === version);
    },
    install: async (execute) => {
      if (!version) throw new Error('Cargo.lock does not say which wasm-bindgen this workspace uses.');
      mkdirSync(userCache, { recursive: true });
      const args = ['install', crate, '--version', `=${version}`, '--root', toolsRoot, '--force'];
      // The workspace's own compiler settings are not for tools of this machine.
      const env = {
        RUSTFLAGS: undefined,
        CARGO_ENCODED_RUSTFLAGS: undefined,
        CARGO_BUILD_TARGET: undefined,
        CARGO_TARGET_DIR: undefined,
      };
      await execute('cargo', locked ? [...args, '--locked'] : args, { cwd: userCache, env });
    },
  };
}
