import type { Nodes, PhrasingContent, Root } from 'mdast';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { cut, joined, PLACEHOLDER, placed, type Text, withoutCode } from './passage.ts';

const markdown = unified().use(remarkParse).use(remarkGfm).freeze();

/** Each paragraph, heading and table cell of a Markdown text is a passage of its own. */
export function passagesOfMarkdown(source: Text): Text[] {
  const blocks: Text[] = [];
  collect(markdown.parse(source.text) as Root, source, blocks);
  return blocks.filter(({ text }) => text.trim() !== '');
}

function collect(node: Nodes, source: Text, blocks: Text[]): void {
  if (node.type === 'paragraph' || node.type === 'heading' || node.type === 'tableCell') {
    blocks.push(withoutCode(joined(node.children.map((child) => phrase(child, source)))));
    return;
  }
  if (!('children' in node)) return;
  let generated = false;
  for (const child of node.children) {
    if (child.type === 'html')
      generated = child.value.includes('end of generated') ? false : generated || child.value.includes('generated -->');
    else if (!(generated && child.type === 'table')) collect(child, source, blocks);
  }
}

function phrase(node: PhrasingContent, source: Text): Text {
  const start = node.position?.start.offset ?? 0;
  const end = node.position?.end.offset ?? start;
  const at = source.at[start] ?? 0;
  if (node.type === 'text') return textOf(node.value, cut(source, start, end));
  if (node.type === 'inlineCode') return placed(PLACEHOLDER, at);
  if (node.type === 'image') return placed(node.alt ?? '', at);
  if (node.type === 'break') return placed(' ', at);
  if ('children' in node) return joined(node.children.map((child) => phrase(child, source)));
  return placed(' ', at);
}

/** A text with escapes or entities is shorter than its source; its characters are then placed from its start on. */
function textOf(value: string, source: Text): Text {
  if (value === source.text) return source;
  const last = source.at.length - 1;
  return { text: value, at: Array.from({ length: value.length }, (_, index) => source.at[Math.min(index, last)] ?? 0) };
}
