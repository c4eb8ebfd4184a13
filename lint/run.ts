import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { problemsOf, readLayers } from './rooms.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], { cwd: root, encoding: 'utf8' });
const paths = listed.split('\n').filter((path) => path && existsSync(join(root, path)));
const files = paths.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

const problems = problemsOf(files, readLayers(root));
for (const { path, rule, message } of problems) console.log(`${path}  ${rule}  ${message}`);
console.log(`${files.length} files, ${problems.length} imports or signatures that break docs/decisions/0013`);
process.exitCode = problems.length > 0 ? 2 : 0;
