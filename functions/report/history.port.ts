import type { Outcome } from '#deployment/deployment';

export interface PastOutcome {
  readonly deploymentId: string;
  readonly outcome: Outcome;
  readonly at: string;
}

export interface Lesson {
  readonly lessonId: string;
  readonly application: string;
  readonly deploymentId: string;
  readonly domain: 'deployment-issues';
  readonly title: string;
  readonly symptom: string;
  readonly solution: string;
  readonly rootCause: string;
  readonly prevention: string;
  readonly at: string;
}

/**
 * Outcomes per application, domain and type, and lessons of rollbacks.
 * Sluice counts them itself and never takes them from a payload (R-SCORE-11).
 */
export interface History {
  /** Returns how many issues under this key were deployed and stayed deployed. */
  previousResolutions(historyKey: string): Promise<number>;
  addOutcome(historyKey: string, outcome: PastOutcome): Promise<void>;
  addLesson(lesson: Lesson): Promise<void>;
  lessons(application: string): Promise<Lesson[]>;
}
