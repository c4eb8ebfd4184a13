import { type Finding, RULES } from './finding.ts';

const MARK = /(?:\/\/|\/\*|<!--)\s*prose-ignore\b[ ]?([\w-]*)(?:: ?(.*?))? *(?:\*\/|-->)?[ ]*$/;

interface Mark {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
  readonly rule: string;
  readonly hasReason: boolean;
}

/** `prose-ignore RULE: reason` hides findings of one rule on its own line and on the next. */
export function withoutIgnored(path: string, source: string, findings: readonly Finding[], directives?: ReadonlySet<number>): Finding[] {
  const marks = marksIn(source).filter(({ offset }) => directives?.has(offset) ?? true);
  const isHidden = (finding: Finding) => marks.some((mark) => hides(mark, finding));
  const idle = marks.filter((mark) => !findings.some((finding) => hides(mark, finding)));
  return [...findings.filter((finding) => !isHidden(finding)), ...idle.map((mark) => unused(path, mark))];
}

function marksIn(source: string): Mark[] {
  let next = 0;
  return source.split('\n').flatMap((text, index) => {
    const match = MARK.exec(text);
    const lineStart = next;
    next += text.length + 1;
    if (!match) return [];
    return [
      {
        offset: lineStart + match.index,
        line: index + 1,
        column: match.index + 1,
        rule: match[1] ?? '',
        hasReason: (match[2] ?? '').trim() !== '',
      },
    ];
  });
}

const hides = ({ line, rule, hasReason }: Mark, finding: Finding): boolean =>
  hasReason && finding.rule === rule && (finding.line === line || finding.line === line + 1);

function unused(path: string, { line, column, rule, hasReason }: Mark): Finding {
  const instead = hasReason && rule in RULES ? 'remove it' : 'write "prose-ignore RULE: reason"';
  return { path, line, column, rule: 'ignored', message: `this prose-ignore ${rule} hides nothing`, instead };
}
