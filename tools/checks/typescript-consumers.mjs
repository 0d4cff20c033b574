/**
 * The type declarations work for whoever installs the package, whichever way their TypeScript finds modules:
 * a small strict program is compiled against the built package under each setting.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
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

// @ts-expect-error An option that does not exist is refused.
void createAuthClient({ issuer: '', clientId: '', redirectUri: '', resources: [], acessToken: true });
`;

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
    const found = await Promise.all(
      Object.entries(settings).map(async ([setting, options], index) => {
        const project = `tsconfig.${index}.json`;
        const config = { compilerOptions: { ...strict, ...options }, files: ['consumer.ts'] };
        writeFileSync(path.join(folder, project), JSON.stringify(config));
        const args = ['--pretty', 'false', '--project', project];
        const problems = await programProblems(compiler, args, { cwd: folder });
        return problems.map((problem) => `with module resolution "${setting}": ${problem}`);
      }),
    );
    return found.flat();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await runAlone(import.meta, name, run);
