/**
 * What the tools print: plain lines, colour only on a terminal that wants it.
 */
const colour = process.stdout.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

const paint = (code) => (text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : String(text));

export const bold = paint('1');
export const dim = paint('2');
export const red = paint('31');
export const green = paint('32');

/** `12 ms`, `3.4 s`, `2 min 5 s`. */
export function duration(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Removes terminal colour codes, so that what a tool printed can be parsed. */
export function withoutColour(text) {
  return text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '');
}

/** Columns padded to their widest cell; numbers (and `-`) to the right. */
export function table(header, rows) {
  const cells = [header, ...rows].map((row) => row.map(String));
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const numeric = header.map((_, column) =>
    cells.slice(1).every((row) => /^(-|[\d.,]+( (B|kB|s|ms))?)$/.test(row[column])),
  );
  return cells.map((row) =>
    row
      .map((cell, column) => (numeric[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join('  ')
      .trimEnd(),
  );
}
