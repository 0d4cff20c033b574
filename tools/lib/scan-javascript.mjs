/**
 * Reads JavaScript and TypeScript as text, well enough for the checks: blanks comments and strings, lists imports.
 * Blanked text keeps its length and its lines, so that an offset means the same place in all versions of it.
 */
import { lineAt } from './files.mjs';

const blank = (text) => text.replace(/[^\n]/g, ' ');

/** After one of these, a slash begins a regular expression and not a division. */
const beforeRegex =
  /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|do|else|void|delete|await|yield))\s*$/;

/** Blanks comments; with `strings: true` also the insides of strings, templates and regular expressions. */
export function maskJavaScript(text, { strings = false } = {}) {
  const keep = strings ? blank : (inside) => inside;
  let result = '';
  let at = 0;
  const templateDepths = []; // open braces inside each ${…} that we are in
  const take = (length, change = (part) => part) => {
    result += change(text.slice(at, at + length));
    at += length;
  };
  const takeTemplate = () => {
    // At the first character after the backtick or after the brace that closed a ${…}.
    let end = at;
    while (end < text.length && text[end] !== '`' && !text.startsWith('${', end)) {
      end += text[end] === '\\' ? 2 : 1;
    }
    take(Math.min(end, text.length) - at, keep);
    if (text[at] === '`') take(1);
    else if (at < text.length) {
      take(2);
      templateDepths.push(0);
    }
  };
  while (at < text.length) {
    const rest = text.slice(at, at + 2);
    const character = text[at];
    if (rest === '//') {
      const end = text.indexOf('\n', at);
      take((end < 0 ? text.length : end) - at, blank);
    } else if (rest === '/*') {
      const end = text.indexOf('*/', at + 2);
      take((end < 0 ? text.length : end + 2) - at, blank);
    } else if (character === '"' || character === "'") {
      let end = at + 1;
      while (end < text.length && text[end] !== character && text[end] !== '\n')
        end += text[end] === '\\' ? 2 : 1;
      take(1);
      take(Math.min(end, text.length) - at, keep);
      if (text[at] === character) take(1);
    } else if (character === '`') {
      take(1);
      takeTemplate();
    } else if (character === '/' && beforeRegex.test(result.slice(-40))) {
      const [literal] = /^\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//.exec(text.slice(at)) ?? ['/'];
      if (literal.length > 1) {
        take(1);
        take(literal.length - 2, keep);
      }
      take(1);
    } else {
      take(1);
      if (templateDepths.length > 0) {
        const last = templateDepths.length - 1;
        if (character === '{') templateDepths[last]++;
        else if (character === '}' && templateDepths[last]-- === 0) {
          templateDepths.pop();
          takeTemplate();
        }
      }
    }
  }
  return result;
}

/**
 * Every import, re-export, dynamic import, require and `new URL('…', import.meta.url)` of a module:
 * { specifier (null when it is computed), kind: 'static' | 'dynamic' | 'url', typeOnly, names, line }.
 */
export function importsOf(text) {
  const readable = maskJavaScript(text);
  const bare = maskJavaScript(text, { strings: true });
  const found = [];
  const add = (match, kind, details = {}) => {
    const open = match.index + match[0].length; // just after the opening quote
    const quote = bare[open - 1];
    const specifier = /['"`]/.test(quote) ? readable.slice(open, bare.indexOf(quote, open)) : null;
    found.push({ specifier, kind, typeOnly: false, names: [], line: lineAt(text, match.index), ...details });
  };
  for (const match of bare.matchAll(/\b(?:import|export)\s+(type\s+)?([\w$*{},\s]*?)\s*\bfrom\s*['"]/g)) {
    const clause = match[2];
    const names = (clause.match(/\{([^}]*)\}/)?.[1] ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    const onlyNames = /^\{[^}]*\}$/.test(clause.trim());
    const typeOnly =
      Boolean(match[1]) || (onlyNames && names.length > 0 && names.every((n) => /^type\s/.test(n)));
    add(match, 'static', { typeOnly, names: onlyNames ? names : [...names, clause.trim()] });
  }
  for (const match of bare.matchAll(/\bimport\s*['"]/g)) add(match, 'static');
  for (const match of bare.matchAll(/(?<![.\w])(?:import|require)\s*\(\s*(['"`]|(?=\S))/g))
    add(match, 'dynamic');
  for (const match of bare.matchAll(/\bnew\s+URL\s*\(\s*['"`](?=[^'"`]*['"`]\s*,\s*import\.meta\.url)/g)) {
    add(match, 'url');
  }
  return found.sort((a, b) => a.line - b.line);
}

/** The module scripts of an HTML page, as { text, line } for inline ones and { specifier, line } for others. */
export function scriptsOf(html) {
  return [...html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/gi)].map((match) => ({
    specifier: match[1].match(/\bsrc\s*=\s*["']?([^"'\s>]+)/i)?.[1] ?? null,
    text: match[2],
    line: lineAt(html, match.index),
  }));
}
