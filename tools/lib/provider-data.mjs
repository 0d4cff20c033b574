/**
 * The data of src/core/providers.json, which says how the services behave that people sign in with, and what is made of it: the
 * vault's defaults for the option `provider`, as a Rust file, and the table of docs/providers.md.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';

export const dataFile = 'src/core/providers.json';
export const rustFile = 'src/core/profiles.rs';
export const page = 'docs/providers.md';
export const typesFile = 'pkg-template/src/options.ts';
const [start, end] = ['<!-- providers -->', '<!-- /providers -->'];

/** @returns {{ sources: Record<string, string>, providers: Record<string, object> }} */
export function providerData(root) {
  return JSON.parse(readFileSync(path.join(root, dataFile), 'utf8'));
}

/** The vault's part of the data: what the option `provider` sets, and nothing else. */
export function rustTable(root) {
  const { providers } = providerData(root);
  const entries = Object.entries(providers).map(([id, { client }]) => {
    const members = [
      ['name', text(id)],
      ['scope', client.scope && text(client.scope)],
      ['grace', client.rotationGraceSeconds],
      ['revokes', client.revokes],
      ['sign_out', client.signOut && text(`${client.signOut.path}?${client.signOut.returnTo}`)],
      ['impossible', client.impossible && text(client.impossible)],
    ].filter(([, value]) => value !== undefined);
    const lines = members.map(([name, value]) => `        ${name}: ${value},\n`).join('');
    return `    Profile {\n${lines}        ..STANDARD\n    },\n`;
  });
  const names = Object.keys(providers).map((id) => `'${id}'`);
  return `//! Made from \`${path.basename(dataFile)}\` by \`node tools/provider-table.mjs\`; a check compares the two.

use super::profile::{Profile, STANDARD};

/// The names, for who wrote another one.
pub(super) const NAMES: &str =
    "${names.slice(0, -1).join(', ')} or ${names.at(-1)}";

/// What each name sets.
pub(super) static TABLE: [Profile; ${entries.length}] = [
${entries.join('')}];
`;
}

const text = (value) => JSON.stringify(value);

/** The page's text with the table as it should be. */
export async function pageWithTable(root) {
  const written = readFileSync(path.join(root, page), 'utf8');
  const [from, to] = [written.indexOf(start), written.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${page}: ${start} and ${end} are missing`);
  const text = `${written.slice(0, from + start.length)}\n\n${tables(providerData(root))}\n\n${written.slice(to)}`;
  return format(text, { parser: 'markdown', singleQuote: true, printWidth: 110 });
}

const columns = {
  'What refresh tokens need': ({ offlineAccess }) => words(offlineAccess, asked),
  'A refresh gives': ({ rotation }) => words(rotation, given),
  'Grace period': ({ graceSeconds }) => words(graceSeconds, (value) => (value ? `${value} s` : 'none')),
  'Reuse after it ends': ({ reuseEnds }) => words(reuseEnds, (value) => ended[value]),
  'A dead token gets': ({ refusal }) =>
    words(refusal, ({ status, body }) => `${status} \`${body.error ?? 'without a body'}\``),
  'A session ends after': ({ refreshTokenHours }) => words(refreshTokenHours, duration),
};
const moreColumns = {
  'Which API a token is for': ({ target }) =>
    words(target, (value) => (value === 'none' ? 'no parameter' : `\`${value}\``)),
  'Revocation ends': ({ revocationEnds }) => words(revocationEnds, (value) => revoked[value]),
  'Sign-out': ({ signOut }) => words(signOut, signedOut),
  DPoP: ({ dpop }) => words(dpop, (value) => proofs[value]),
};

const asked = (value) =>
  ({ needed: '`offline_access`', unneeded: 'nothing', refused: 'nothing; `offline_access` is refused' })[
    value
  ];
const given = (value) =>
  ({
    replaces: 'a new one for the old one',
    adds: 'another one; the old one stays good',
    repeats: 'the same one',
    omits: 'none; the first one stays good',
  })[value];
const ended = { session: 'the session', nothing: 'nothing' };
const revoked = {
  session: 'the session',
  client: 'all of the person’s sessions with the app',
  nothing: 'there is none',
};
const proofs = { none: 'none', optional: 'yes', nonce: 'yes, with a nonce' };
const signedOut = (value) =>
  value === 'standard'
    ? 'standard'
    : value === 'none'
      ? 'there is none'
      : `\`${value.path}\` with \`${value.returnTo}\``;

function duration(hours) {
  if (hours === null) return 'never';
  return hours > 24 && hours % 24 === 0 ? `${hours / 24} days` : `${hours} hours`;
}

function words({ value, note, verified }, inWords) {
  const said = inWords(value) + (verified === false ? '\\*' : '');
  return note ? `${said} (${note})` : said;
}

function tables({ providers, sources }) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const table = (head, rows) => [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
  const named = Object.entries(providers);
  const facts = (shown) =>
    table(
      ['Server', ...Object.keys(shown)],
      named.map(([id, { name, facts: known }]) => [
        `[${name}](providers/${pageOf(id)})`,
        ...Object.values(shown).map((cell) => cell(known)),
      ]),
    );
  const set = table(
    ['`provider`', 'What it sets'],
    named.map(([id, { client }]) => [`\`'${id}'\``, settings(client)]),
  );
  const cannot = named.flatMap(([id, { name, cannot: limits }]) =>
    limits.map(
      ({ value, source }) => `- [${name}](providers/${pageOf(id)}): ${value} ([source](${sources[source]}))`,
    ),
  );
  return [
    facts(columns),
    facts(moreColumns),
    '\\* No page that was read says so in so many words. _Standard_ is [RP-Initiated Logout](https://openid.net/specs/openid-connect-rpinitiated-1_0.html). [providers.json](../src/core/providers.json) has the source of each entry.',
    'What each name of the option sets, where the app does not:',
    set,
    'What cannot work:',
    cannot.join('\n'),
  ].join('\n\n');
}

/** The recipe of a provider. */
export const pageOf = (id) => `${id === 'entra' ? 'entra-id' : id}.md`;

function settings({ scope, rotationGraceSeconds, revokes, signOut, impossible }) {
  const said = [
    scope && `\`scope: '${scope}'\``,
    rotationGraceSeconds !== undefined && `\`rotationGraceSeconds: ${rotationGraceSeconds}\``,
    revokes === false && 'refresh tokens are not revoked',
    signOut && `\`logout()\` leads to \`${signOut.path}\`, with \`${signOut.returnTo}\` for the way back`,
    impossible && '`createAuthClient` fails with `invalid_options`, and says why',
  ];
  return said.filter(Boolean).join('; ') || 'nothing that is not the default';
}

/** What is wrong with the data itself. */
export function dataProblems(root) {
  const { providers, sources } = providerData(root);
  const used = new Set();
  const problems = [];
  for (const [id, { facts, cannot }] of Object.entries(providers)) {
    const limits = cannot.map((limit) => ['cannot', limit]);
    for (const [name, { source, also = source }] of [...Object.entries(facts), ...limits]) {
      for (const each of [source, also]) {
        used.add(each);
        if (!sources[each])
          problems.push(`${dataFile}: ${id}.${name} has the source '${each}', which is none`);
      }
    }
  }
  for (const name of Object.keys(sources)) {
    if (!used.has(name)) problems.push(`${dataFile}: no fact has the source '${name}'`);
  }
  const types = readFileSync(path.join(root, typesFile), 'utf8');
  const [, union] = /^export type ProviderName =([^;]*);/m.exec(types) ?? [];
  const named = [...(union ?? '').matchAll(/'([^']+)'/g)].map(([, name]) => name);
  if (named.join() !== Object.keys(providers).join())
    problems.push(
      `${typesFile}: ProviderName must be ${Object.keys(providers).join(', ')}, as in ${dataFile}`,
    );
  return problems;
}
