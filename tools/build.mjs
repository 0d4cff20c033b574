/**
 * `npm run build`: leaves the installable package in pkg/.
 *
 *   Rust --wasm-pack--> module and glue --wasm-opt--> small module --esbuild--> worker.js, one plain script
 *   TypeScript --esbuild--> index.js and escrow.js, --tsc--> declarations
 *
 * Does nothing where pkg/ was built from the very same sources, and leaves the module where only the rest has changed.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { listFiles } from './lib/files.mjs';
import { onDemand, onDemandFiles } from './lib/on-demand.mjs';
import { root, scratch } from './lib/paths.mjs';
import { packedPage } from './lib/packed-page.mjs';
import { ask, run } from './lib/process.mjs';
import { restartable } from './lib/wasm-glue.mjs';
import { blankPanicLocations, shortenNames } from './lib/wasm-names.mjs';
import {
  encodeModule,
  lengthsPlaceholder,
  placeholder,
  standInsPlaceholder,
  vaultBytesSource,
} from './lib/wasm-text.mjs';
import { ensureSetup } from './setup.mjs';

const template = path.join(root, 'pkg-template');
const output = path.join(root, 'pkg');
const wasmFolder = path.join(scratch, 'wasm');
const typesFolder = path.join(scratch, 'types');
const stampFile = path.join(output, '.built-from');
const moduleStamp = path.join(wasmFolder, '.built-from');

/** The adapters, each a subpath of the package, and what they take from the app. */
const adapters = {
  react: ['react'],
  vue: ['vue'],
  angular: ['@angular/*', 'rxjs', 'rxjs/*'],
  testing: [],
  extension: [],
};

/** What lies beside the code. */
const besides = ['README.md', 'CHANGELOG.md', 'LICENSE-MIT', 'LICENSE-APACHE'];

/** Builds pkg/ where its sources have changed. */
export async function buildPackage() {
  const moduleDigest = digestOf(moduleSources());
  const digest = digestOf([...moduleSources(), ...packageSources()]);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === digest) return;
  console.log('Building the package ...');
  const started = Date.now();
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  const manifest = JSON.parse(readFileSync(path.join(template, 'package.json'), 'utf8'));
  const version = `${manifest.version}+${digest.slice(0, 8)}`;
  if (!existsSync(moduleStamp) || readFileSync(moduleStamp, 'utf8') !== moduleDigest) {
    rmSync(moduleStamp, { force: true });
    await buildModule();
    writeFileSync(moduleStamp, moduleDigest);
  }
  await bundle(version);
  await declare();
  writeFileSync(path.join(output, 'package.json'), JSON.stringify(manifest, null, 2) + '\n');
  cpSync(path.join(template, 'bin'), path.join(output, 'bin'), { recursive: true });
  const packed = { files: besides, repository: manifest.repository?.url };
  for (const file of besides) {
    const text = readFileSync(path.join(root, file), 'utf8');
    writeFileSync(path.join(output, file), file.endsWith('.md') ? packedPage(text, packed) : text);
  }
  writeFileSync(stampFile, digest);
  console.log(`Built pkg/ (${version}) in ${((Date.now() - started) / 1000).toFixed(0)} s.`);
}

/** What the WebAssembly module and its glue are made of. */
function moduleSources() {
  return [
    ...listFiles(root, { under: ['src'] }),
    'Cargo.toml',
    'Cargo.lock',
    'package-lock.json',
    'tools/build.mjs',
    'tools/lib/wasm-glue.mjs',
    'tools/lib/wasm-names.mjs',
    'tools/lib/wasm-panics.mjs',
  ];
}

/** What the rest of the package is made of. */
function packageSources() {
  return [
    ...listFiles(root, { under: ['pkg-template'] }),
    'README.md',
    'CHANGELOG.md',
    'tools/lib/on-demand.mjs',
    'tools/lib/packed-page.mjs',
    'tools/lib/wasm-streams.mjs',
    'tools/lib/wasm-text.mjs',
  ];
}

function digestOf(files) {
  const hash = createHash('sha256');
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
  const file = (name) => path.join(wasmFolder, name);
  const features = [
    'bulk-memory',
    'multivalue',
    'mutable-globals',
    'nontrapping-float-to-int',
    'reference-types',
    'sign-ext',
  ].map((feature) => `--enable-${feature}`);
  const wasmOpt = path.join(root, 'node_modules/.bin/wasm-opt');
  const callGraph = await ask(wasmOpt, ['--print-call-graph', ...features, file('holdfast_bg.wasm')], {
    cwd: root,
  });
  const { cutPanics } = await import('./lib/wasm-panics.mjs'); // needs what the set-up may just have installed
  const cut = cutPanics(readFileSync(file('holdfast_bg.wasm')), callGraph);
  writeFileSync(file('cut.wasm'), blankPanicLocations(cut));
  await run(
    wasmOpt,
    [
      // Inlined sparingly, flattened and rebuilt: worth 2 kB after compression.
      '-ocimfs=20',
      '-aimfs=4',
      '-Oz',
      '--flatten',
      '--rereloop',
      '-Oz',
      '-Oz',
      // The stack's end is there: nothing else has such addresses.
      '--low-memory-unused',
      '--optimize-added-constants',
      '--converge',
      '--reorder-functions-by-name',
      '--reorder-locals',
      // A hint beside each access to memory, which engines pass over.
      '--dealign',
      '--strip-debug',
      '--strip-producers',
      '--strip-target-features',
      ...features,
      file('cut.wasm'),
      '-o',
      file('small.wasm'),
    ],
    { cwd: root },
  );
  const names = await ask(
    wasmOpt,
    ['--minify-imports-and-exports-and-modules', ...features, file('small.wasm'), '-o', file('vault.wasm')],
    { cwd: root },
  );
  const glue = shortenNames(readFileSync(file('holdfast.js'), 'utf8'), JSON.parse(names));
  writeFileSync(file('glue.js'), restartable(glue));
}

/** Paths of this machine stay out of the module: panics carry the names of source files. */
async function rustFlags() {
  const cargoHome = process.env.CARGO_HOME || path.join(os.homedir(), '.cargo');
  const sysroot = (await ask('rustc', ['--print', 'sysroot'], { cwd: root }))?.trim();
  const prefixes = [path.join(cargoHome, 'registry/src'), sysroot, root].filter(Boolean);
  // Half a megabyte of stack, and the addresses of what stands above it are a byte shorter than above the usual one.
  const stack = '-Clink-arg=-zstack-size=524288';
  return [process.env.RUSTFLAGS, stack, ...prefixes.map((prefix) => `--remap-path-prefix=${prefix}=`)]
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
    external: onDemandFiles,
  });
  await build({
    ...common,
    entryPoints: onDemand.map((name) => path.join(template, `src/${name}.ts`)),
    outdir: output,
    format: 'esm',
  });
  await build({
    ...common,
    entryPoints: adapterNames().map((name) => path.join(template, `src/${name}.ts`)),
    outdir: output,
    format: 'esm',
    // An extension's own files come from the disk, and a background can't load more: but for the report it is one file.
    external: ['./index.js', './diagnose.js'].concat(adapterNames().flatMap((name) => adapters[name])),
    plugins: [withoutCallbacks],
  });
  await build({
    ...common,
    entryPoints: [path.join(template, 'src/extension-background.ts')],
    outfile: path.join(output, 'extension-background.js'),
    format: 'esm',
    // What it gives a name to. Not in the source: the two are checked with different libraries of types.
    banner: { js: "import './extension-worker.js';" },
  });
  const vault = {
    name: 'vault',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^holdfast-vault$/ }, () => ({ path: path.join(wasmFolder, 'glue.js') }));
      onResolve({ filter: /^holdfast-vault-bytes$/ }, ({ path: name }) => ({
        path: name,
        namespace: 'vault',
      }));
      onLoad({ filter: /./, namespace: 'vault' }, () => ({ contents: vaultBytesSource }));
    },
  };
  await build({
    ...common,
    entryPoints: [path.join(template, 'src/escrow.ts')],
    outfile: path.join(output, 'escrow.js'),
    format: 'iife',
    // No version in it: a browser takes a file with other bytes for a new escrow, and that one begins with nothing.
    define: {},
  });
  const { literal, lengths, standIns } = encodeModule(readFileSync(path.join(wasmFolder, 'vault.wasm')));
  // The vault's two places: a worker of the page's, and the background of an extension.
  for (const [entry, file] of [
    ['worker-entry.ts', 'worker.js'],
    ['extension-worker.ts', 'extension-worker.js'],
  ]) {
    const { outputFiles } = await build({
      ...common,
      entryPoints: [path.join(template, 'src', entry)],
      format: 'iife',
      plugins: [vault],
      write: false,
    });
    writeFileSync(
      path.join(output, file),
      outputFiles[0].text
        .replace(JSON.stringify(standInsPlaceholder), () => JSON.stringify(standIns))
        .replace(JSON.stringify(lengthsPlaceholder), () => JSON.stringify(lengths))
        .replace(JSON.stringify(placeholder), () => literal),
    );
  }
}

/** The server sends nobody to a page of an extension, and popups are opened by its background. */
const withoutCallbacks = {
  name: 'without-callbacks',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/(callback|popup)\.js$/ }, ({ path: name }) => ({
      path: name,
      namespace: 'none',
    }));
    onLoad({ filter: /./, namespace: 'none' }, () => ({ contents: '' }));
  },
};

function adapterNames() {
  return Object.keys(adapters).filter((name) => existsSync(path.join(template, `src/${name}.ts`)));
}

/** Emits the declarations and takes those that the entries' reach. */
async function declare() {
  rmSync(typesFolder, { recursive: true, force: true });
  await run(path.join(root, 'node_modules/.bin/tsc'), ['-p', 'pkg-template'], { cwd: root });
  const reached = new Set(['index', 'diagnose', 'extension-background', ...adapterNames()]);
  for (const module of reached) {
    const text = readFileSync(path.join(typesFolder, `${module}.d.ts`), 'utf8');
    for (const [, name] of text.matchAll(/(?:from |import\()['"]\.\/([\w-]+)\.js['"]/g)) reached.add(name);
    writeFileSync(path.join(output, `${module}.d.ts`), text);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await ensureSetup(['build']);
  await buildPackage();
}
