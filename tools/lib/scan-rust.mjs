/**
 * Reads Rust as text, well enough for the checks: blanks comments, strings and test modules, expands `use` trees.
 * Blanked text keeps its length and its lines, so that an offset means the same place in all versions of it.
 */
const blank = (text) => text.replace(/[^\n]/g, ' ');

/** Blanks comments and the insides of string and character literals. */
export function maskRust(text) {
  let result = '';
  let at = 0;
  while (at < text.length) {
    const end = literalOrCommentEnd(text, at);
    if (end > at) {
      result += blank(text.slice(at, end));
      at = end;
    } else {
      // An identifier as a whole, so that the r of `for` is not taken for a raw string.
      const [word] = /^(?:\w+|[\s\S])/.exec(text.slice(at, at + 200));
      result += word;
      at += word.length;
    }
  }
  return result;
}

function literalOrCommentEnd(text, at) {
  const two = text.slice(at, at + 2);
  if (two === '//') {
    const end = text.indexOf('\n', at);
    return end < 0 ? text.length : end;
  }
  if (two === '/*') return blockCommentEnd(text, at);
  const raw = /^(?:br|cr|r)(#*)"/.exec(text.slice(at, at + 20));
  if (raw) {
    const end = text.indexOf(`"${raw[1]}`, at + raw[0].length);
    return end < 0 ? text.length : end + 1 + raw[1].length;
  }
  if (/^[bc]?"/.test(two)) {
    let end = text.indexOf('"', at) + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
    return Math.min(end + 1, text.length);
  }
  // 'a' and '\n' are characters; 'a without a closing quote is a lifetime.
  const character = /^b?'(?:\\(?:u\{[^}]*\}|x..|.)|[^\\'\n])'/u.exec(text.slice(at, at + 20));
  return character ? at + character[0].length : at;
}

function blockCommentEnd(text, at) {
  let depth = 0;
  const marks = /\/\*|\*\//g;
  marks.lastIndex = at;
  for (let mark = marks.exec(text); mark; mark = marks.exec(text)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return mark.index + 2;
  }
  return text.length;
}

/** Blanks every item under `#[cfg(test)]` in text that `maskRust` has been over. */
export function withoutTests(masked) {
  let result = masked;
  for (const match of masked.matchAll(/#\[cfg\((?:test|all\(test\b[^\]]*)\)\]/g)) {
    const end = itemEnd(masked, match.index + match[0].length);
    result = result.slice(0, match.index) + blank(result.slice(match.index, end)) + result.slice(end);
  }
  return result;
}

/** Where the item that begins here ends: after its block, or after the semicolon of one without a block. */
function itemEnd(masked, from) {
  let depth = 0;
  for (let at = from; at < masked.length; at++) {
    const character = masked[at];
    if ('{(['.includes(character)) depth++;
    if ('})]'.includes(character)) {
      depth--;
      if (depth === 0 && character === '}') return at + 1;
    }
    if (character === ';' && depth === 0) return at + 1;
  }
  return masked.length;
}

/** Every path that the `use` items name, with groups expanded: [{ path: 'std::time::Instant', offset }]. */
export function usedPaths(masked) {
  return [...masked.matchAll(/\buse\s+([^;]+);/g)].flatMap((match) =>
    expand(match[1].replace(/\s+as\s+\w+/g, '').replace(/\s+/g, '')).map((path) => ({
      path: path.replace(/^::/, ''),
      offset: match.index,
    })),
  );
}

function expand(tree) {
  const open = tree.indexOf('{');
  if (open < 0) return tree === '' ? [] : [tree];
  const prefix = tree.slice(0, open);
  const inside = tree.slice(open + 1, tree.lastIndexOf('}'));
  return splitAtCommas(inside).flatMap((branch) => expand(branch).map((path) => prefix + path));
}

function splitAtCommas(text) {
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    if (character === '{') depth++;
    if (character === '}') depth--;
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.filter(Boolean);
}

/** True when the line of the offset, or one of the `above` lines before it, has a comment that begins with `word`. */
export function hasComment(text, offset, word, above = 3) {
  const lines = text
    .slice(0, text.indexOf('\n', offset) < 0 ? undefined : text.indexOf('\n', offset))
    .split('\n');
  return lines.slice(-1 - above).some((line) => line.includes(`// ${word}`));
}
