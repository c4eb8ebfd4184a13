import type { HostContext } from '../host.ts';
import type { AsyncEvents } from './async-events.ts';
import type { Background } from './background.ts';
import type { CodeFolders } from './code.ts';
import type { Invoker } from './invoker.ts';
import type { FunctionStore } from './store.ts';
import type { Versions } from './versions.ts';

/** The parts of the Lambda host that its operations and resources work with. */
export interface LambdaService {
  readonly context: HostContext;
  readonly store: FunctionStore;
  readonly code: CodeFolders;
  readonly versions: Versions;
  readonly invoker: Invoker;
  readonly events: AsyncEvents;
  readonly background: Background;
}
