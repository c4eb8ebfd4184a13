import type { Judge } from './judge.ts';
import { ours } from './ours.ts';
import { argo } from './peers/argo.ts';
import { fixedLimits } from './peers/fixed-limits.ts';
import { flagger } from './peers/flagger.ts';
import { kayenta } from './peers/kayenta.ts';
import { samAlarm } from './peers/sam-alarm.ts';
import { threeInARow } from './peers/three-in-a-row.ts';

/** The judge to compare with: ours must let fewer requests fail. */
export const yardstick = fixedLimits(30);

const all: readonly Judge[] = [
  yardstick,
  fixedLimits(10),
  threeInARow(30),
  samAlarm,
  argo,
  flagger,
  kayenta,
  ours('literal', 30),
  ours('literal', 10),
  ours('sequential', 30),
  ours('sequential', 10),
];

/** Lists the yardstick and each judge with one of the texts in its name. Without texts, it lists all judges. */
export function judgesNamed(texts: readonly string[] = []): readonly Judge[] {
  if (texts.length === 0) return all;
  return all.filter((judge) => judge === yardstick || texts.some((text) => judge.name.toLowerCase().includes(text.toLowerCase())));
}
