/**
 * The type declarations work for whoever installs the package, whichever way their TypeScript finds modules:
 * small strict programs are compiled against the built package under each setting, one for the client, and one of
 * consumers/ for each subpath that is built.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { absentProblem, packageProgram, programProblems, runAlone, unbuiltProblem } from '../lib/check.mjs';

export const name = 'the type declarations work under every module resolution';
export const needs = ['package'];

/** Declarations are looked into (`skipLibCheck` off): an error in them is an error in somebody's build. */
const strict = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  skipLibCheck: false,
  target: 'es2022',
  types: [],
};

export const settings = {
  bundler: { module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom', 'dom.iterable'] },
  node16: { module: 'node16', moduleResolution: 'node16', lib: ['es2022', 'dom'] },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext', lib: ['es2022', 'dom'] },
  'bundler, newest library, verbatim': {
    module: 'preserve',
    moduleResolution: 'bundler',
    lib: ['esnext', 'dom', 'dom.iterable', 'dom.asynciterable'],
    verbatimModuleSyntax: true,
    isolatedModules: true,
  },
};

export const consumer = `
import { createAuthClient, AuthError } from 'holdfast';
import type { AuthClient } from 'holdfast';

export async function consume(): Promise<string> {
  const auth: AuthClient = await createAuthClient({
    issuer: 'https://login.example',
    clientId: 'app',
    redirectUri: 'https://app.example/callback',
    scope: 'openid profile offline_access',
    resources: ['https://api.example/'],
    assetsUrl: '/holdfast/',
  });
  try {
    const { returnTo }: { returnTo?: string | undefined } = await auth.handleRedirectCallback();
    const present: boolean = auth.isAuthenticated() || (await auth.checkSession());
    if (!present) await auth.loginWithRedirect({ returnTo: returnTo ?? '/' });
    const unsubscribe: () => void = auth.on('signedout', ({ reason }) => void String(reason));
    const response: Response = await auth.fetch('https://api.example/me', { method: 'GET' });
    unsubscribe();
    await auth.logout({ localOnly: true });
    return (await response.text()) + String(auth.user()?.['sub']) + String(auth.idTokenClaims()?.['iss']);
  } catch (error) {
    if (error instanceof AuthError) return \`\${error.code} \${error.phase} \${error.retryable} \${error.oauth?.error}\`;
    throw error;
  } finally {
    auth.close();
  }
}

/** A client of somebody's tests is a client: what counts is its shape. */
export const mocked = (mock: { [Name in keyof AuthClient]: AuthClient[Name] }): AuthClient => mock;

// @ts-expect-error An option that does not exist is refused.
void createAuthClient({ issuer: '', clientId: '', redirectUri: '', resources: [], acessToken: true });
`;

const programs = fileURLToPath(new URL('consumers', import.meta.url));

/** What the declarations of subpaths import, and what that imports: as a project has it that uses the framework. */
const frameworks = [
  'react',
  '@types/react',
  'vue',
  'vue-router',
  '@angular/common',
  '@angular/core',
  '@angular/router',
  'rxjs',
];

export async function run({ root, program = consumer }) {
  const compiler = packageProgram('tsc');
  const absent = [...absentProblem(compiler), ...unbuiltProblem(root)];
  if (absent.length > 0) return absent;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-types-'));
  try {
    mkdirSync(path.join(folder, 'node_modules'));
    cpSync(path.join(root, 'pkg'), path.join(folder, 'node_modules/holdfast'), { recursive: true });
    writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }\n');
    writeFileSync(path.join(folder, 'consumer.ts'), program);
    const files = ['consumer.ts'];
    for (const file of readdirSync(programs)) {
      if (!existsSync(path.join(root, 'pkg', file.replace('.ts', '.d.ts')))) continue;
      cpSync(path.join(programs, file), path.join(folder, file));
      files.push(file);
    }
    linkFrameworks(root, folder);
    const found = await Promise.all(
      Object.entries(settings).map(async ([setting, options], index) => {
        const project = `tsconfig.${index}.json`;
        const config = { compilerOptions: { ...strict, ...options }, files };
        writeFileSync(path.join(folder, project), JSON.stringify(config));
        const args = ['--pretty', 'false', '--project', project];
        const problems = await programProblems(compiler, args, { cwd: folder });
        return problems
          .flatMap(withoutFrameworks)
          .map((problem) => `with module resolution "${setting}": ${problem}`);
      }),
    );
    return found.flat();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What is wrong in a framework's own declarations (Vue Router's, under exact optional types) is not for us to mend. */
function withoutFrameworks(problem) {
  const [ending, ...lines] = problem.split('\n');
  let isOurs = true;
  const ours = lines.filter((line) => {
    if (/^\S/.test(line)) isOurs = !/^[^(]*node_modules\/(?!holdfast\/)/.test(line);
    return isOurs;
  });
  return ours.length > 0 || lines.length === 0 ? [[ending, ...ours].join('\n')] : [];
}

function linkFrameworks(root, folder) {
  for (const name of frameworks) {
    const installed = path.join(root, 'node_modules', name);
    const link = path.join(folder, 'node_modules', name);
    if (!existsSync(installed)) continue;
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(installed, link, 'junction');
  }
}

await runAlone(import.meta, name, run);
