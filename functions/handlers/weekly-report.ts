import * as z from 'zod';
import { lambda } from '#platform/handler';
import { weeklyReport } from '#report/report';
import { archives, deployments, now } from '#services';

const DAY_MS = 86_400_000;

export const handler = lambda(z.unknown(), async () => {
  const days = Array.from({ length: 7 }, (_, back) => new Date(now().getTime() - (back + 1) * DAY_MS).toISOString().slice(0, 10)).reverse();
  const week = (await Promise.all(days.map((day) => deployments().ofDay(day)))).flat();
  const key = `reports/deployment-report-${now().toISOString().slice(0, 10)}.md`;
  const report = weeklyReport(week, { from: days[0] as string, to: days.at(-1) as string });
  for (const archive of archives()) await archive.put(key, report);
  return { key, deployments: week.length };
});
