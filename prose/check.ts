import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { RULES } from './finding.ts';
import { ensureTools } from './tools.ts';

const HELP = `npm run prose -- [options] [file or folder ...]

Checks Markdown, comments, test names and the strings that people read. Without arguments it reads the whole repository.

  --json   print the findings as JSON
  --help   print this text

Rules:
${Object.entries(RULES)
  .map(([rule, text]) => `  ${rule.padEnd(18)} ${text}`)
  .join('\n')}

Exit code 0: no finding. 2: findings. 1: the check itself failed.
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  ensureTools();
  const [{ run }, { asJson, asText }] = await Promise.all([import('./run.ts'), import('./report.ts')]);
  const report = await run(fileURLToPath(new URL('..', import.meta.url)), positionals);
  console.log(values.json ? asJson(report) : asText(report));
  return report.findings.length > 0 ? 2 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`prose: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
