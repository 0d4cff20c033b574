/**
 * `npm run build`: leaves the installable package in pkg/.
 *
 *   Rust --wasm-pack--> module and glue --wasm-opt--> small module --esbuild--> worker.js, one plain script
 *   TypeScript --esbuild--> index.js, --tsc--> declarations
 *
 * Does nothing where pkg/ was built from the very same sources.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { listFiles } from './lib/files.mjs';
import { root, scratch } from './lib/paths.mjs';
import { ask, run } from './lib/process.mjs';
import { encodeModule, placeholder, vaultBytesSource } from './lib/wasm-text.mjs';
import { ensureSetup } from './setup.mjs';

const template = path.join(root, 'pkg-template');
const output = path.join(root, 'pkg');
const wasmFolder = path.join(scratch, 'wasm');
const typesFolder = path.join(scratch, 'types');
const stampFile = path.join(output, '.built-from');

/** Builds pkg/ where its sources have changed. */
export async function buildPackage() {
  const digest = sourcesDigest();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === digest) return;
  console.log('Building the package ...');
  const started = Date.now();
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  const manifest = JSON.parse(readFileSync(path.join(template, 'package.json'), 'utf8'));
  const version = `${manifest.version}+${digest.slice(0, 8)}`;
  await buildModule();
  await bundle(version);
  await declare();
  writeFileSync(path.join(output, 'package.json'), JSON.stringify(manifest, null, 2) + '\n');
  cpSync(path.join(template, 'bin'), path.join(output, 'bin'), { recursive: true });
  for (const file of ['README.md', 'CHANGELOG.md', 'LICENSE-MIT', 'LICENSE-APACHE']) {
    cpSync(path.join(root, file), path.join(output, file));
  }
  writeFileSync(stampFile, digest);
  console.log(`Built pkg/ (${version}) in ${((Date.now() - started) / 1000).toFixed(0)} s.`);
}

/** What pkg/ is made of, as one digest. */
function sourcesDigest() {
  const hash = createHash('sha256');
  const single = [
    'Cargo.toml',
    'Cargo.lock',
    'package-lock.json',
    'README.md',
    'CHANGELOG.md',
    'tools/build.mjs',
  ];
  const files = [
    ...listFiles(root, { under: ['src', 'pkg-template'] }),
    ...single,
    'tools/lib/wasm-text.mjs',
  ];
  for (const file of files.sort()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(path.join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

async function buildModule() {
  await run(
    'wasm-pack',
    // wasm-pack takes a relative folder for one in the crate's.
    [
      'build',
      '--mode',
      'no-install',
      '--release',
      '--no-pack',
      '--no-typescript',
      '--target',
      'web',
      '--out-dir',
      path.relative(root, wasmFolder),
    ],
    { cwd: root, env: { RUSTFLAGS: await rustFlags() } },
  );
  await run(
    path.join(root, 'node_modules/.bin/wasm-opt'),
    [
      // Inlined sparingly, flattened and rebuilt: worth 2 kB after compression.
      '-ocimfs=20',
      '-aimfs=4',
      '-Oz',
      '--flatten',
      '--rereloop',
      '-Oz',
      '-Oz',
      '--reorder-functions-by-name',
      '--strip-debug',
      '--strip-producers',
      '--strip-target-features',
      ...[
        'bulk-memory',
        'multivalue',
        'mutable-globals',
        'nontrapping-float-to-int',
        'reference-types',
        'sign-ext',
      ].map((feature) => `--enable-${feature}`),
      path.join(wasmFolder, 'holdfast_bg.wasm'),
      '-o',
      path.join(wasmFolder, 'vault.wasm'),
    ],
    { cwd: root },
  );
}

/** Paths of this machine stay out of the module: panics carry the names of source files. */
async function rustFlags() {
  const cargoHome = process.env.CARGO_HOME || path.join(os.homedir(), '.cargo');
  const sysroot = (await ask('rustc', ['--print', 'sysroot'], { cwd: root }))?.trim();
  const prefixes = [path.join(cargoHome, 'registry/src'), sysroot, root].filter(Boolean);
  return [process.env.RUSTFLAGS, ...prefixes.map((prefix) => `--remap-path-prefix=${prefix}=`)]
    .filter(Boolean)
    .join(' ');
}

async function bundle(version) {
  // Here, since set-up may just have installed it.
  const { build } = await import('esbuild');
  const common = {
    absWorkingDir: root,
    bundle: true,
    minify: true,
    charset: 'utf8',
    target: 'es2022',
    legalComments: 'none',
    define: { __HOLDFAST_VERSION__: JSON.stringify(version) },
  };
  await build({
    ...common,
    entryPoints: [path.join(template, 'src/index.ts')],
    outfile: path.join(output, 'index.js'),
    format: 'esm',
    sourcemap: true,
  });
  const vault = {
    name: 'vault',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^holdfast-vault$/ }, () => ({ path: path.join(wasmFolder, 'holdfast.js') }));
      onResolve({ filter: /^holdfast-vault-bytes$/ }, ({ path: name }) => ({
        path: name,
        namespace: 'vault',
      }));
      onLoad({ filter: /./, namespace: 'vault' }, () => ({ contents: vaultBytesSource }));
    },
  };
  const { outputFiles } = await build({
    ...common,
    entryPoints: [path.join(template, 'src/worker.ts')],
    format: 'iife',
    plugins: [vault],
    write: false,
  });
  const literal = encodeModule(readFileSync(path.join(wasmFolder, 'vault.wasm')));
  writeFileSync(
    path.join(output, 'worker.js'),
    outputFiles[0].text.replace(JSON.stringify(placeholder), () => literal),
  );
}

/** Emits the declarations and takes those that index.d.ts reaches. */
async function declare() {
  rmSync(typesFolder, { recursive: true, force: true });
  await run(path.join(root, 'node_modules/.bin/tsc'), ['-p', 'pkg-template'], { cwd: root });
  const reached = new Set(['index']);
  for (const module of reached) {
    const text = readFileSync(path.join(typesFolder, `${module}.d.ts`), 'utf8');
    for (const [, name] of text.matchAll(/from '\.\/([\w-]+)\.js'/g)) reached.add(name);
    writeFileSync(path.join(output, `${module}.d.ts`), text);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await ensureSetup(['build']);
  await buildPackage();
}
