/** The reference of the documentation site, as Markdown, made of what tools/lib/api-model.mjs reads. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { sidebar } from '../../www/docs/sidebar.mjs';

/** What is said where nobody knows an error's fault from the README's table. */
const headings = {
  'API misuse': ['The app called holdfast wrongly', 'Change the code: the same call fails again.'],
  Session: ['The person has to sign in', 'Expected in the life of every app: offer a sign-in.'],
  'Server refused': ['The server refused', "`error.oauth` has the server's own words; its log has more."],
  'Server misbehaved': [
    'The server, or something in its place, broke a rule',
    'Nothing of such an answer is used. Compare the server’s settings with the options; a new sign-in helps where an answer was merely old.',
  ],
  Network: ['The network, or a server that is down for now', 'Nobody is signed out by these.'],
  Environment: ["The browser, or the page's set-up", 'Mostly a matter of how the files are served.'],
};

/**
 * @param {string} root
 * @param {ReturnType<import('./api-model.mjs').readApi>} modules
 * @param {(code: string) => { title: string, link: string }[]} [mentions] pages that say more about an error code
 * @returns {Record<string, string>} Markdown by the page's path within the site
 */
export function apiPages(root, modules, mentions = () => []) {
  const places = placesOf(modules);
  const link = (text) => pagesLinked(linked(text, places));
  const main = modules[0];
  const byName = (name) => {
    const entry = main.exports.find((it) => it.name === name);
    if (!entry) throw new Error(`pkg-template/src/index.ts does not export ${name}`);
    return entry;
  };
  const pages = {
    'reference/options.md': optionsPage(byName('AuthClientOptions'), byName('ResourceOptions')),
    'reference/client.md': clientPage(main, byName('createAuthClient'), byName('AuthClient')),
    'reference/events.md': eventsPage(byName('AuthEvents')),
    'reference/errors.md': errorsPage(root, byName('AuthErrorCode'), byName('AuthError'), mentions),
    'reference/types.md': typesPage(
      main.exports.filter(({ name }) => places.get(name)?.startsWith('types.md')),
    ),
  };
  for (const module of modules.slice(1)) {
    pages[`reference/${adapterPlace(module.name)}.md`] = adapterPage(module, main);
  }
  return Object.fromEntries(Object.entries(pages).map(([page, text]) => [page, link(text)]));
}

/** Problems: what is exported, and on no page; and `{@link}`s that lead nowhere. */
export function missingFrom(pages, modules) {
  const text = Object.values(pages).join('\n');
  const has = (name) => text.includes(`{#${name}}`) || text.includes(`id="${name}"`);
  const loose = [...text.matchAll(/\{@link [^}]*\}/g)].map(([it]) => `${it} names nothing that is exported`);
  const absent = modules.flatMap(({ name: module, exports }) =>
    exports.flatMap(({ name, members, kind }) => [
      ...(has(name) || text.includes(`\`${name}\``)
        ? []
        : [`${module}: ${name} is on no page of the reference`]),
      ...members
        .filter(
          (member) =>
            !has(member.name) && !has(`${name}-${member.name}`) && !text.includes(`| \`${member.name}\``),
        )
        .map((member) => `${module}: ${kind} ${name}: ${member.name} is on no page of the reference`),
    ]),
  );
  return [...new Set([...loose, ...absent])];
}

/** The page of a subpath: `extension-background` of `holdfast/extension/background`. */
export const adapterPlace = (module) => module.split('/').slice(1).join('-');

/** Where each exported name stands. */
function placesOf(modules) {
  const places = new Map();
  const own = {
    AuthClientOptions: 'options.md',
    ResourceOptions: 'options.md',
    AuthClient: 'client.md',
    createAuthClient: 'client.md',
    AuthEvents: 'events.md',
    AuthErrorCode: 'errors.md',
    AuthError: 'errors.md',
  };
  modules.forEach(({ name: module, exports }, index) => {
    for (const { name, members } of exports) {
      const page = index === 0 ? (own[name] ?? 'types.md') : `${adapterPlace(module)}.md`;
      if (places.has(name)) continue;
      places.set(name, `${page}#${name}`);
      for (const member of members)
        places.set(`${name}.${member.name}`, `${page}#${memberAnchor(name, member.name)}`);
    }
  });
  return places;
}

/** Members of the client, of the options and of the lists stand by their own name; others share their owner's place. */
const listed = ['AuthClient', 'AuthClientOptions', 'AuthEvents', 'AuthErrorCode'];
const memberAnchor = (owner, name) => (listed.includes(owner) ? name : owner);

/** `{@link AuthClient.fetch}` as a link of the site. */
function linked(text, places) {
  return text.replaceAll(/\{@link\s+([\w.]+)(?:\s*\|\s*([^}]*)|\s+([^}]*))?\}/g, (all, target, ...words) => {
    const to = [target, `AuthClient.${target}`, target.split('.')[0]]
      .map((name) => places.get(name))
      .find(Boolean);
    const label = words.slice(0, 2).find(Boolean) ?? `\`${target.replace(/^AuthClient\./, 'auth.')}\``;
    // What names nothing that is exported stays as it is, and is reported.
    if (!to) return all;
    return `[${label.trim()}](${to})`;
  });
}

/** `docs/fetch.md` in a comment as a link to that page of the site. */
function pagesLinked(text) {
  return text.replaceAll(/(?<![\w/(`])docs\/[\w-]+\.md/g, (source) => {
    const page = sidebar.flatMap(({ items }) => items).find((it) => it.source === source);
    return page ? `[${page.text}](/${path.basename(source, '.md')})` : source;
  });
}

const tag = (doc, name) => doc?.tags.find((it) => it.name === name)?.text;
const tags = (doc, name) => doc?.tags.filter((it) => it.name === name).map(({ text }) => text) ?? [];
const code = (text) => '```ts\n' + text.trim() + '\n```\n';
const cell = (text) => text.replaceAll(/\s*\n\s*/g, ' ').replaceAll('|', '\\|');
const span = (text) => `\`${text.replaceAll(/\s*\n\s*/g, ' ')}\``;

const generated = (title, description) =>
  `---\ntitle: ${JSON.stringify(title)}\ndescription: ${JSON.stringify(description)}\neditLink: false\npageClass: reference\n---\n\n# ${title}\n\n`;

function optionsPage(options, resource) {
  const rows = options.members.map(
    ({ name, isOptional, type, doc }) =>
      `| [\`${name}\`](#${name}) | ${cell(span(type))} | ${isOptional ? (tag(doc, 'default') ? span(tag(doc, 'default')) : 'none') : 'required'} |`,
  );
  const sections = options.members.map(({ name, isOptional, type, doc }) => {
    const fallback = tag(doc, 'default');
    const facts = isOptional ? `Optional${fallback ? `, ${span(fallback)} by default` : ''}.` : 'Required.';
    return `## ${name} {#${name}}\n\n${code(`${name}${isOptional ? '?' : ''}: ${type}`)}\n${facts} ${doc?.text ?? ''}\n`;
  });
  return [
    generated('Options', 'Every option of createAuthClient: its type, its default and what it does.'),
    '<a id="AuthClientOptions"></a>\n\n',
    'What `createAuthClient` is given (`AuthClientOptions`). Options are parsed, not trusted: each wrong one is an `AuthError` with the code [`invalid_options`](errors.md#invalid_options) that names it.\n\n',
    `| option | type | default |\n| --- | --- | --- |\n${rows.join('\n')}\n\n`,
    sections.join('\n'),
    `\n## ResourceOptions {#ResourceOptions}\n\n${resource.doc?.text ?? ''} An entry of [\`resources\`](#resources).\n\n${memberTable(resource)}`,
  ].join('');
}

function clientPage({ exports }, factory, client) {
  const methods = client.members.map((member) => method(member, `auth.${member.name}`, member.name, exports));
  return [
    generated('The client', 'createAuthClient and every method of the client that it makes.'),
    `## createAuthClient {#createAuthClient}\n\n${described(factory, exports)}\n`,
    `## AuthClient {#AuthClient}\n\n${client.doc?.text ?? ''}\n\n`,
    methods.join('\n'),
  ].join('');
}

function method(member, title, anchor, exports) {
  return `### ${title} {#${anchor}}\n\n${described(member, exports)}`;
}

/** Signature, words, what it fails with, and the members of the options that it takes. */
function described({ signature, doc }, exports = []) {
  const parts = [code(signature), doc?.text ?? ''];
  for (const text of tags(doc, 'param')) parts.push(`- ${text.replace(/^(\w+)\s*-?\s*/, '`$1`: ')}`);
  for (const text of tags(doc, 'returns')) parts.push(`Answers ${text}`);
  for (const text of tags(doc, 'throws')) {
    const [, type, words] = /^(?:\{(\w+)\})?\s*([\s\S]*)$/.exec(text);
    parts.push(`**Fails with** ${type ? `\`${type}\`: ` : ''}${errorLinks(words)}`);
  }
  for (const text of tags(doc, 'example')) parts.push(text.includes('```') ? text : code(text));
  const taken = exports.filter(
    ({ name, members }) =>
      members.length > 0 && /Options$|Result$/.test(name) && new RegExp(`\\b${name}\\b`).test(signature),
  );
  for (const entry of taken.filter(({ name }) => name !== 'AuthClientOptions')) {
    parts.push(`{@link ${entry.name}}:\n\n${memberTable(entry)}`);
  }
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

const errorLinks = (text) =>
  text.replaceAll(/`([a-z]+(?:_[a-z]+)+)`/g, (all, name) => `[\`${name}\`](errors.md#${name})`);

function memberTable({ members }) {
  const isTold = members.some(({ doc }) => doc?.text);
  const row = ({ name, isOptional, type, signature, doc, isMethod }) => [
    `\`${name}\`${isOptional ? ' (optional)' : ''}`,
    cell(span(isMethod && !type.includes('=>') ? signature : type)),
    ...(isTold ? [cell(doc?.text ?? '')] : []),
  ];
  const rows = [['member', 'type', ...(isTold ? ['what it is'] : [])], ...members.map(row)];
  const lines = rows.map((cells) => `| ${cells.join(' | ')} |`);
  lines.splice(1, 0, `|${' --- |'.repeat(rows[0].length)}`);
  return `${lines.join('\n')}\n`;
}

function eventsPage(events) {
  const sections = events.members.map(
    ({ name, type, doc }) =>
      `## ${name} {#${name}}\n\n${code(`auth.on('${name}', (detail: ${type}) => { /* ... */ })`)}\n${doc?.text ?? ''}\n`,
  );
  return [
    generated('Events', 'Every event of the client, with its details.'),
    `<a id="AuthEvents"></a>\n\n${events.doc?.text ?? ''} {@link AuthClient.on} listens, and answers a function that ends it.\n\n`,
    sections.join('\n'),
  ].join('');
}

function errorsPage(root, codes, error, mentions) {
  const table = errorTable(readFileSync(path.join(root, 'README.md'), 'utf8'));
  const unknown = codes.members.filter(({ name }) => !table.has(name));
  if (unknown.length > 0) throw new Error(`README.md: the table of errors has no ${unknown[0].name}`);
  const groups = Object.entries(headings).map(([fault, [title, advice]]) => {
    const members = codes.members.filter(({ name }) => table.get(name).fault === fault);
    const sections = members.map(({ name, doc }) => {
      const { meaning, retryable } = table.get(name);
      const more = mentions(name).map((page) => `[${page.title}](${page.link})`);
      return [
        `### ${name} {#${name}}\n\n${words(doc?.text ?? '', meaning)}`,
        retryable === 'yes' ? ' The same call may succeed later: `retryable` is true.' : '',
        more.length > 0 ? `\n\nMore: ${more.join(', ')}.` : '',
        '\n',
      ].join('');
    });
    return `## ${title}\n\n${advice}\n\n${sections.join('\n')}`;
  });
  const other = [...table].find(([, { fault }]) => !headings[fault]);
  if (other)
    throw new Error(`tools/lib/api-pages.mjs: no heading for the fault "${other[1].fault}" of ${other[0]}`);
  return [
    generated('Errors', 'Every error code, by who is at fault, with what to do.'),
    `<a id="AuthErrorCode"></a>\n\n## AuthError {#AuthError}\n\n${error.doc?.text ?? ''}\n\n${memberTable(error)}\n`,
    groups.join('\n'),
  ].join('');
}

const letters = (text) => text.replaceAll(/[^a-z]/gi, '').toLowerCase();
/** Both texts, or the longer one where it begins with the other. */
function words(text, meaning) {
  const [one, other] = [letters(text), letters(meaning)];
  if (other.startsWith(one)) return meaning;
  return one.startsWith(other) ? text : `${text}\n\n${meaning}`;
}

/** The README's table of errors, which a test compares with the core. */
export function errorTable(readme) {
  const [, table] = /<!-- errors -->([\s\S]*?)<!-- \/errors -->/.exec(readme) ?? [];
  if (!table)
    throw new Error('README.md: there is no table of errors between <!-- errors --> and <!-- /errors -->');
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  return new Map(
    rows.map((row) => {
      const [name, fault, retryable, meaning] = row
        .split('|')
        .slice(1)
        .map((text) => text.trim());
      return [name.replaceAll('`', ''), { fault, retryable, meaning }];
    }),
  );
}

function typesPage(entries) {
  return [
    generated('Types', 'The types that the package exports, besides the client, options, events and errors.'),
    entries.map((entry) => exported(entry)).join('\n'),
  ].join('');
}

function exported(entry, exports = []) {
  const { name, doc, members, kind, signature } = entry;
  const head = `## ${name} {#${name}}\n\n`;
  if (kind === 'function') return head + described(entry, exports);
  const shown =
    members.length > 0 && ['interface', 'class'].includes(kind) ? `${signature} { /* ... */ }` : signature;
  const [methods, properties] = [true, false].map((is) =>
    members.filter(({ isMethod, signature: own }) => (isMethod && own.includes('(')) === is),
  );
  return [
    head,
    shown ? `${code(shown)}\n` : '',
    `${doc?.text ?? ''}\n\n`,
    properties.length > 0 ? `${memberTable({ members: properties })}\n` : '',
    methods
      .map((member) => `### ${name}.${member.name} {#${name}-${member.name}}\n\n${described(member)}`)
      .join('\n'),
  ].join('');
}

/** What can be called comes first. What `holdfast` exports as well is explained there, and linked. */
function adapterPage({ name, doc, exports }, main) {
  const isTheMains = (entry) => main.exports.some(({ at }) => at === entry.at);
  const own = exports.filter((entry) => !isTheMains(entry));
  const shared = exports.filter(isTheMains);
  const called = own.filter(({ kind }) => ['function', 'constant', 'class'].includes(kind));
  const types = own.filter((entry) => !called.includes(entry));
  const links = shared.map((entry) => `{@link ${entry.name}}`);
  return [
    generated(name, `What ${name} exports.`),
    `${doc.text}\n\n`,
    [...called, ...types].map((entry) => exported(entry, own)).join('\n'),
    links.length > 0 ? `\n## The same as in holdfast {#same}\n\n${links.join(', ')}.\n` : '',
  ].join('');
}
