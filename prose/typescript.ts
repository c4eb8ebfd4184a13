import { type ParseResult, parse } from '@babel/parser';
import { passagesOfMarkdown } from './markdown.ts';
import { cut, joined, type Passage, PLACEHOLDER, placed, replaced, sliceOf, type Text, withoutCode } from './passage.ts';

type File = ParseResult;
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}
interface Comment {
  readonly type: 'CommentBlock' | 'CommentLine';
  readonly start: number;
  readonly end: number;
}

/** The whole comment as it stands in the file, for rules about its lines and its length. */
export interface CommentPlace {
  readonly start: number;
  readonly end: number;
}

export interface Parsed {
  readonly passages: readonly Passage[];
  readonly comments: readonly CommentPlace[];
  /** Where comments begin that are written for a tool. */
  readonly directives: ReadonlySet<number>;
}

/** Comments, test names and, where `product`, the strings that people read. */
export function parsedTypeScript(source: string, product: boolean): Parsed {
  const file = parse(source, { sourceType: 'module', plugins: ['typescript'], attachComment: false, errorRecovery: true });
  const comments = commentsOf(source, file);
  const passages: Passage[] = comments.flatMap((comment, index) =>
    passagesOfMarkdown(contentOf(source, comment)).map((text) => ({ ...text, kind: 'comment' as const, comment: index })),
  );
  walk(file.program as unknown as Node, (node) => visit(node, source, product, passages));
  return { passages, comments, directives: directivesOf(source, file) };
}

/** A JSON file's strings, read like a program's: state machines carry comments and causes. */
export function passagesOfJson(source: string): Passage[] {
  const file = parse(`(${source})`, { sourceType: 'module', attachComment: false });
  const passages: Passage[] = [];
  walk(file.program as unknown as Node, (node) => visit(node, `(${source})`, true, passages));
  return passages.map((passage) => ({ ...passage, at: passage.at.map((offset) => offset - 1) }));
}

function walk(node: Node, enter: (node: Node) => boolean): void {
  if (!enter(node)) return;
  for (const key in node) {
    if (key === 'loc' || key === 'comments') continue;
    const value = node[key];
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, enter);
  }
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

/** Returns false where the node was read as a whole. */
function visit(node: Node, source: string, product: boolean, passages: Passage[]): boolean {
  if (node.type === 'ImportDeclaration' || node.type === 'ExportAllDeclaration') return false;
  if (node.type === 'CallExpression') return visitCall(node, source, product, passages);
  const text = product ? literalOf(node, source) : undefined;
  if (text === undefined) return true;
  const prose = withoutCode(withoutTags(text));
  if (FOUR_WORDS.test(prose.text) && !QUERY.test(prose.text)) passages.push({ ...prose, kind: 'string' });
  if (node.type === 'StringLiteral') return false;
  insertedInto(node).forEach((inner) => {
    walk(inner, (child) => visit(child, source, product, passages));
  });
  return false;
}

/** A string is prose if it has four plain words in a row; SQL and JSONata have them too. */
const FOUR_WORDS = /(?:\b[A-Za-z]['’a-z-]*[,:;]? ){3}[A-Za-z]['’a-z-]*\b/;
const QUERY =
  /^\s*(?:select\s.*\sfrom|insert\s.*into|update\s.*\sset|delete\s+from|create\s.*(?:table|index)|alter\s+table|drop\s|pragma\s|with\s.*\sas|replace\s+into)\b|\{%|\{[^}]*:[^}]*;/is;

function visitCall(node: Node, source: string, product: boolean, passages: Passage[]): boolean {
  const name = calledName(node.callee as Node);
  const [first] = node.arguments as Node[];
  const text = first && TEST_CALLS.has(name) ? literalOf(first, source) : undefined;
  if (!text || product) return true;
  passages.push({ ...withoutCode(text), kind: 'test', testName: name !== 'describe' && name !== 'suite' });
  return true;
}

const TEST_CALLS = new Set(['it', 'test', 'describe', 'suite']);

/** `it`, `it.skip` and `it.each(rows)` are all `it`. */
function calledName(callee: Node): string {
  if (callee.type === 'Identifier') return String(callee.name);
  if (callee.type === 'MemberExpression') return calledName(callee.object as Node);
  if (callee.type === 'CallExpression') return calledName(callee.callee as Node);
  if (callee.type === 'TaggedTemplateExpression') return calledName(callee.tag as Node);
  return '';
}

/** The text of a string, a template or a sum of them; undefined for any other expression. */
function literalOf(node: Node, source: string): Text | undefined {
  if (node.type === 'StringLiteral') return unescaped(sliceOf(source, node.start + 1, node.end - 1));
  if (node.type === 'TemplateLiteral') return templateOf(node, source);
  if (node.type !== 'BinaryExpression' || node.operator !== '+') return undefined;
  const parts = [node.left as Node, node.right as Node].map((side) => ({ side, text: literalOf(side, source) }));
  if (parts.every(({ text }) => text === undefined)) return undefined;
  return joined(parts.map(({ side, text }) => text ?? placed(PLACEHOLDER, side.start)));
}

function templateOf(node: Node, source: string): Text {
  const expressions = node.expressions as Node[];
  return joined(
    (node.quasis as Node[]).flatMap((quasi, index) => {
      const text = unescaped(sliceOf(source, quasi.start, quasi.end));
      const inserted = expressions[index];
      return inserted ? [text, placed(PLACEHOLDER, inserted.start)] : [text];
    }),
  );
}

function insertedInto(node: Node): Node[] {
  if (node.type === 'TemplateLiteral') return node.expressions as Node[];
  if (node.type !== 'BinaryExpression') return [];
  return [node.left as Node, node.right as Node].flatMap((side) => {
    if (side.type === 'StringLiteral') return [];
    return side.type === 'TemplateLiteral' || (side.type === 'BinaryExpression' && side.operator === '+') ? insertedInto(side) : [side];
  });
}

const ESCAPE = /\\(?:u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\s\S])/g;
const UNESCAPED: Record<string, string> = { '\\n': '\n\n', '\\r': '', '\\t': ' ', '\\\n': '' };

const unescaped = (text: Text): Text => replaced(text, ESCAPE, (match) => UNESCAPED[match] ?? (match.length > 2 ? ' ' : match.slice(1)));

const INLINE_TAG = /<\/?(?:a|abbr|b|code|em|i|small|span|strong|sub|sup|time)(?:\s[^<>]*)?>/g;
const HIDDEN = /<(style|script)\b[\s\S]*?<\/\1>/g;
const BLOCK_TAG = /<\/?[a-z][a-z0-9]*(?:\s[^<>]*)?\/?>|<!(?:--|doctype)[^>]*>/gi;

const withoutTags = (text: Text): Text => replaced(replaced(replaced(text, HIDDEN, ' '), INLINE_TAG, ''), BLOCK_TAG, '\n\n');

const DIRECTIVE =
  /^(?:\/\/|\/\*)[\s*!/]*(?:prose-ignore|biome-ignore|eslint|@ts-|<reference|c8 |v8 |istanbul|prettier-ignore|@__PURE__|#__PURE__)|^#!/;

const directivesOf = (source: string, file: File): Set<number> =>
  new Set(file.comments?.flatMap(({ start, end }) => (DIRECTIVE.test(source.slice(start ?? 0, end ?? 0)) ? [start ?? 0] : [])));

/** Line comments that follow each other are one comment. */
function commentsOf(source: string, file: File): CommentPlace[] {
  const comments: { start: number; end: number; line: boolean }[] = [];
  for (const { type, start, end } of (file.comments ?? []) as Comment[]) {
    if (DIRECTIVE.test(source.slice(start, end))) continue;
    const before = comments.at(-1);
    const line = type === 'CommentLine';
    if (line && before?.line && standsAlone(source, start) && /^\r?\n[ \t]*$/.test(source.slice(before.end, start))) before.end = end;
    else comments.push({ start, end, line });
  }
  return comments;
}

const standsAlone = (source: string, start: number): boolean => source.slice(source.lastIndexOf('\n', start - 1) + 1, start).trim() === '';

/** A comment's text without its marks; a line that begins with a tag starts a paragraph. */
function contentOf(source: string, { start, end }: CommentPlace): Text {
  const raw = sliceOf(source, start, end);
  const block = raw.text.startsWith('/*');
  const inner = block ? cut(raw, 2, -2) : raw;
  const bare = block ? replaced(inner, /^\**[ \t]?|(?<=\n)[ \t]*\*?[ \t]*/g, '') : replaced(inner, /(?<=^|\n)[ \t]*\/\/+[ \t]*/g, '');
  const linked = replaced(bare, /\{@\w+[^}]*\}/g, PLACEHOLDER);
  return replaced(linked, /(?<=\n)(?=@\w)/g, '\n');
}
