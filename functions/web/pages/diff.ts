import { type Html, html } from './html.ts';

const MOST_LINES = 400;
const LONGEST_LINE = 300;

interface FileDiff {
  readonly name: string;
  readonly lines: readonly string[];
}

/** Shows a unified diff file by file. If lines are left out, says how many. */
export function diffView(diff: string, whole: string): Html {
  const files = filesOf(diff);
  if (files.length === 0) return html`<p>The diff is not stored. Do not approve what you cannot see.</p>`;
  const parts: Html[] = [];
  let left = MOST_LINES;
  for (const [index, file] of files.entries()) {
    parts.push(fileView(file, index, left));
    left = Math.max(0, left - file.lines.length);
  }
  const all = files.reduce((sum, { lines }) => sum + lines.length, 0);
  const hidden = all - MOST_LINES;
  return html`${parts}${hidden > 0 && html`<p class="note">${hidden} of ${all} lines are not shown here. The whole diff is <code>${whole}</code> in the artifacts bucket.</p>`}`;
}

function fileView({ name, lines }: FileDiff, index: number, most: number): Html {
  const shown = lines.slice(0, most);
  const hidden = lines.length - shown.length;
  const body =
    shown.length > 0 &&
    html`<pre tabindex="0" role="region" aria-labelledby="file-${index}"><code class="lines">${shown.map(line)}</code></pre>`;
  return html`<div class="diff"><h3 id="file-${index}">${name}${hidden > 0 && html` <span class="soft">(${hidden} of its ${lines.length} lines not shown)</span>`}</h3>${body}</div>`;
}

/** The marker + or - stays in the text, so color is never the only sign. */
function line(text: string): Html {
  const cut = text.length - LONGEST_LINE;
  const content = html`${text.slice(0, LONGEST_LINE)}${cut > 0 && ` … ${cut} more characters`}`;
  if (text.startsWith('@@')) return html`<span class="hunk">${content}</span>`;
  if (text.startsWith('+')) return html`<ins>${content}</ins>`;
  if (text.startsWith('-')) return html`<del>${content}</del>`;
  return html`<span>${content}</span>`;
}

function filesOf(diff: string): FileDiff[] {
  const sections = diff.split(/^(?=diff --git )/m).filter((section) => section.trim() !== '');
  return sections.map((section) => {
    const lines = section.replace(/\n$/, '').split('\n');
    const firstHunk = lines.findIndex((text) => text.startsWith('@@'));
    // The lines before the first hunk repeat the name, so drop those. Keep the others: modes, renames, binary files.
    const head = firstHunk === -1 ? lines : lines.slice(0, firstHunk);
    const shownHead = head.filter((text) => !/^(?:diff --git|index|---|\+\+\+) /.test(text));
    return { name: nameOf(head), lines: [...shownHead, ...(firstHunk === -1 ? [] : lines.slice(firstHunk))] };
  });
}

function nameOf(head: readonly string[]): string {
  const after = head.find((text) => text.startsWith('+++ '))?.slice(4);
  const before = head.find((text) => text.startsWith('--- '))?.slice(4);
  if (after === '/dev/null') return `${before?.replace(/^a\//, '')} (deleted)`;
  if (before === '/dev/null') return `${after?.replace(/^b\//, '')} (new)`;
  return after?.replace(/^b\//, '') ?? head[0]?.replace(/^diff --git a\/(.*) b\/.*$/, '$1') ?? 'change';
}
