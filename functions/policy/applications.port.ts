import type { Application } from './application.ts';

/** The applications that operators registered. */
export interface Applications {
  /** Throws ApplicationNotFound. */
  readApplication(name: string): Promise<Application>;
  listApplications(): Promise<Application[]>;
}
