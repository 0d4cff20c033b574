/**
 * What the package exports, read from its TypeScript: names, types and TSDoc, for the reference of the documentation
 * site. Read by TypeScript's own parser; no type is resolved, so frameworks need not be installed.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ModifierFlags, SyntaxKind } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

/**
 * @returns {{ name: string, doc: Doc, exports: Export[] }[]} one for the package itself, and one for each adapter
 * @typedef {{ text: string, tags: { name: string, text: string }[] }} Doc
 * @typedef {{ name: string, kind: string, signature: string, doc: Doc | undefined, members: Member[], at: string }} Export
 * @typedef {{ name: string, isOptional: boolean, isMethod: boolean, signature: string, type: string,
 *   doc: Doc | undefined, at: string }} Member `at`: file and line
 */
export function readApi(root) {
  const folder = path.join(root, 'pkg-template');
  const api = new API({ cwd: folder });
  try {
    const snapshot = api.updateSnapshot({ openProject: path.join(folder, 'tsconfig.json') });
    const [project] = snapshot.getProjects();
    const source = (name) => {
      const file = project.program.getSourceFile(path.join(folder, 'src', `${name}.ts`));
      if (!file) throw new Error(`pkg-template/src/${name}.ts is not part of pkg-template/tsconfig.json`);
      return { name, file, text: file.text };
    };
    return entriesOf(folder).map(([subpath, name]) => {
      const module = source(name);
      return {
        name: path.posix.join('holdfast', subpath),
        doc: fileDoc(module),
        exports: [...exportsOf(module, source).values()].filter((entry) => !isInternal(entry)),
      };
    });
  } finally {
    api.close();
  }
}

/** What can be imported, and the source of its declarations: what the manifest exports with types. */
function entriesOf(folder) {
  const { exports } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return Object.entries(exports)
    .filter(([, entry]) => entry.types)
    .map(([subpath, { types }]) => [subpath, path.posix.basename(types, '.d.ts')]);
}

/**
 * What has no TSDoc and needs some: whatever is exported, and each member of the client, of options, of lists (events,
 * codes) and of classes. The members of plain data may speak for themselves.
 */
export function undocumented(modules) {
  const all = modules.flatMap(({ exports }) => exports);
  return [...new Set(all)].flatMap((entry) => [
    ...(entry.doc ? [] : [`${entry.at}: ${entry.name} is exported and has no TSDoc`]),
    ...(needsMembers(entry) ? entry.members : [])
      .filter(({ doc }) => !doc)
      .map((member) => `${member.at}: ${entry.name}.${member.name} is exported and has no TSDoc`),
  ]);
}

const needsMembers = ({ name, kind }) =>
  kind === 'class' || /^AuthClient$|^AuthEvents$|^AuthErrorCode$|Options$/.test(name);

const isInternal = ({ doc }) => doc?.tags.some(({ name }) => name === 'internal') ?? false;

const read = new WeakMap();

function exportsOf(module, source) {
  if (read.has(module.file)) return read.get(module.file);
  const found = new Map();
  read.set(module.file, found);
  for (const statement of module.file.statements) {
    if (statement.kind === SyntaxKind.ExportDeclaration) reexports(statement, module, source, found);
    else if (has(statement, ModifierFlags.Export)) {
      for (const entry of declared(statement, module)) add(found, entry);
    }
  }
  return found;
}

/** Overloads are one export. */
function add(found, entry) {
  const before = found.get(entry.name);
  if (!before) return found.set(entry.name, entry);
  before.signature += `\n${entry.signature}`;
  before.doc ??= entry.doc;
  before.members.push(...entry.members);
}

function reexports({ exportClause, moduleSpecifier }, module, source, found) {
  const from = moduleSpecifier?.text;
  if (from && !from.startsWith('./')) return;
  const theirs = from ? exportsOf(source(from.slice(2).replace(/\.js$/, '')), source) : localsOf(module);
  if (!exportClause) return theirs.forEach((entry, name) => found.set(name, entry));
  for (const element of exportClause.elements ?? []) {
    const entry = theirs.get((element.propertyName ?? element.name).text);
    if (!entry) throw new Error(`${module.name}.ts: ${element.name.text} is exported, and declared nowhere`);
    found.set(element.name.text, { ...entry, name: element.name.text });
  }
}

function localsOf(module) {
  const found = new Map();
  for (const statement of module.file.statements) {
    for (const entry of declared(statement, module)) add(found, entry);
  }
  return found;
}

function declared(statement, module) {
  const common = (node, name) => ({
    name,
    doc: docOf(statement, module),
    at: placeOf(node, module),
    members: [],
  });
  switch (statement.kind) {
    case SyntaxKind.InterfaceDeclaration:
      return [
        {
          ...common(statement, statement.name.text),
          kind: 'interface',
          signature: headOf(statement, module),
          members: membersOf(statement.members, module),
        },
      ];
    case SyntaxKind.ClassDeclaration:
      return [
        {
          ...common(statement, statement.name.text),
          kind: 'class',
          signature: headOf(statement, module),
          members: membersOf(statement.members, module),
        },
      ];
    case SyntaxKind.TypeAliasDeclaration:
      return [alias(statement, module, common(statement, statement.name.text))];
    case SyntaxKind.FunctionDeclaration:
      return [
        {
          ...common(statement, statement.name.text),
          kind: 'function',
          signature: withoutBody(statement, module),
        },
      ];
    case SyntaxKind.VariableStatement:
      return statement.declarationList.declarations.map((declaration) => ({
        ...common(declaration, declaration.name.text),
        kind: 'constant',
        signature: `const ${declaration.name.text}${declaration.type ? `: ${textOf(declaration.type, module)}` : ''}`,
      }));
    default:
      return [];
  }
}

function alias(statement, module, entry) {
  const { type } = statement;
  const base = { ...entry, kind: 'type', signature: withoutComments(textOf(statement, module)) };
  if (type.kind === SyntaxKind.TypeLiteral) return { ...base, members: membersOf(type.members, module) };
  const literals =
    type.kind === SyntaxKind.UnionType ? [...type.types].map((part) => part.literal?.text) : [];
  const text = textOf(statement, module);
  // A union whose members are explained one by one is a list; any other speaks for itself.
  if (literals.length === 0 || literals.includes(undefined) || !/\*\/\s*\|/.test(text)) return base;
  const docs = new Map(
    [...text.matchAll(/\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*\|\s*'([\w-]+)'/g)].map(([, doc, name]) => [
      name,
      parseDoc(doc),
    ]),
  );
  const members = literals.map((name, index) => ({
    name,
    isOptional: false,
    isMethod: false,
    type: '',
    signature: `'${name}'`,
    doc: docs.get(name),
    at: placeOf(type.types[index], module),
  }));
  return { ...base, signature: '', members };
}

function membersOf(nodes, module) {
  const named = [...nodes].filter(
    ({ name }) => name && [SyntaxKind.Identifier, SyntaxKind.StringLiteral].includes(name.kind),
  );
  return named
    .filter((node) => !has(node, ModifierFlags.Private | ModifierFlags.Protected))
    .map((node) => {
      const type = node.type ? withoutComments(textOf(node.type, module)) : '';
      const isMethod = [SyntaxKind.MethodSignature, SyntaxKind.MethodDeclaration].includes(node.kind);
      return {
        name: node.name.text,
        isOptional: Boolean(node.questionToken ?? node.postfixToken?.kind === SyntaxKind.QuestionToken),
        isMethod: isMethod || node.type?.kind === SyntaxKind.FunctionType,
        type,
        signature: withoutBody(node, module),
        doc: docOf(node, module),
        at: placeOf(node, module),
      };
    })
    .filter((member) => !isInternal(member));
}

function has(node, flags) {
  const of = {
    [SyntaxKind.ExportKeyword]: ModifierFlags.Export,
    [SyntaxKind.PrivateKeyword]: ModifierFlags.Private,
    [SyntaxKind.ProtectedKeyword]: ModifierFlags.Protected,
  };
  return [...(node.modifiers ?? [])].some(({ kind }) => (of[kind] ?? 0) & flags);
}

/** Without the comments before it. */
const textOf = (node, { file, text }) => text.slice(node.getStart(file), node.end);

function withoutBody(node, module) {
  const end = node.body ? node.body.getStart(module.file) : (node.initializer?.pos ?? node.end);
  const text = module.text.slice(node.getStart(module.file), end);
  return withoutComments(text)
    .replace(/\s*=?\s*;?\s*$/, '')
    .replace(/^(?:(?:export|declare|async|readonly|default)\s+)+/, '');
}

/** `interface Name<T> extends Other`, without what is between the braces. */
function headOf(node, module) {
  const text = withoutComments(textOf(node, module));
  return text
    .slice(0, text.indexOf('{'))
    .trim()
    .replace(/^export /, '');
}

const withoutComments = (text) =>
  text
    .replaceAll(/^[ \t]*\/\*\*[\s\S]*?\*\/\n?|^[ \t]*\/\/.*\n/gm, '')
    .replace(/^export /, '')
    .replaceAll(/\n\s*\n/g, '\n');

function placeOf(node, { name, file, text }) {
  return `pkg-template/src/${name}.ts:${text.slice(0, node.getStart(file)).split('\n').length}`;
}

/** The comment that stands directly before a declaration. The first one of a file is about the file. */
function docOf(node, { file, text }) {
  const before = text.slice(node.pos, node.getStart(file));
  const comments = [...before.matchAll(/\/\*\*([\s\S]*?)\*\//g)].slice(node.pos === 0 ? 1 : 0);
  return comments.length > 0 ? parseDoc(comments.at(-1)[1]) : undefined;
}

/** The comment at the top of a file, which is about the module. */
function fileDoc({ text }) {
  const [, comment] = /^(?:'[\w ]+';\n)?\/\*\*([\s\S]*?)\*\//.exec(text) ?? [];
  return parseDoc(comment ?? '') ?? { text: '', tags: [] };
}

/** Markdown before the first tag, and the tags. */
function parseDoc(comment) {
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\* ?/, '').trimEnd());
  const tags = [];
  const text = [];
  for (const line of lines) {
    const [, name, rest] = /^@(\w+)\s*(.*)$/.exec(line.trim()) ?? [];
    if (name) tags.push({ name, text: rest });
    else if (tags.length > 0) tags.at(-1).text = `${tags.at(-1).text}\n${line}`.trim();
    else text.push(line);
  }
  const words = text.join('\n').trim();
  return words || tags.length > 0 ? { text: words, tags } : undefined;
}
