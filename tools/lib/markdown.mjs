/** What the checks and the documentation site read of Markdown: headings, links, code. Not a whole parser. */

/**
 * The blocks of code between ``` fences.
 *
 * @returns {{ language: string, code: string, line: number, marker: string | undefined }[]} `line` of the code's first
 *   line, from 1; `marker`: the text of the comment that stands right before the fence
 */
export function fences(text) {
  const found = [];
  let open;
  let marker;
  text.split('\n').forEach((line, index) => {
    const mark = /^(\s*)(`{3,}|~{3,})\s*([\w-]*)/.exec(line);
    if (open) {
      if (mark && mark[2].startsWith(open.mark) && line.trim() === mark[2]) {
        const { language, lines, line: first } = open;
        found.push({ language, code: lines.join('\n') + '\n', line: first, marker: open.marker });
        open = marker = undefined;
      } else {
        open.lines.push(line.startsWith(open.margin) ? line.slice(open.margin.length) : line.trimStart());
      }
    } else if (mark) {
      open = { margin: mark[1], mark: mark[2], language: mark[3], lines: [], line: index + 2, marker };
    } else if (line.trim()) {
      marker = /^\s*<!-- (.*?) -->\s*$/.exec(line)?.[1];
    }
  });
  return found;
}

/** The text with its code emptied, line for line, so that nothing in it is taken for a link or a heading. */
export function withoutCode(text, { spans = true } = {}) {
  let mark;
  return text
    .split('\n')
    .map((line) => {
      const [, fence] = /^\s*(`{3,}|~{3,})/.exec(line) ?? [];
      if (fence && !mark) mark = fence;
      else if (mark && line.trim() === mark) mark = undefined;
      else if (!mark) return spans ? line.replaceAll(/(`+)(?!`).*?[^`]\1(?!`)/g, '') : line;
      return '';
    })
    .join('\n');
}

/** Headings, with the anchor that a code host gives them, and that the site gives them, too. */
export function headings(text) {
  const slug = slugger();
  return withoutCode(text, { spans: false })
    .split('\n')
    .flatMap((line, index) => {
      const [, marks, words] = /^(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line) ?? [];
      if (!marks) return [];
      return [{ level: marks.length, text: plain(words), anchor: slug(words), line: index + 1 }];
    });
}

/** All anchors of a page: its headings, and elements with an id. */
export function anchors(text) {
  const ids = [...withoutCode(text).matchAll(/\s(?:id|name)="([^"]+)"/g)].map(([, id]) => id);
  return new Set([...headings(text).map(({ anchor }) => anchor), ...ids]);
}

/** Links and pictures: `{ target, line }`. */
export function links(text) {
  const inline = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g;
  const reference = /^\s*\[[^\]]+\]:\s*(\S+)/g;
  const html = /\s(?:href|src|srcset)="([^"]+)"/g;
  return withoutCode(text)
    .split('\n')
    .flatMap((line, index) =>
      [inline, reference, html].flatMap((form) =>
        [...line.matchAll(form)].map(([, target]) => ({ target, line: index + 1 })),
      ),
    );
}

/** A heading as it is read. */
export function plain(words) {
  return words
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/(^|[^\w])[*_]{1,2}([^*_]+)[*_]{1,2}(?!\w)/g, '$1$2')
    .replaceAll(/`+/g, '');
}

/** An anchor as code hosts make it of a heading. */
export function headingAnchor(words) {
  return plain(words)
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** Anchors for one page: the second heading of the same words gets `-1`, and so on. */
export function slugger() {
  const seen = new Map();
  return (words) => {
    const anchor = headingAnchor(words);
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return times === 0 ? anchor : `${anchor}-${times}`;
  };
}
