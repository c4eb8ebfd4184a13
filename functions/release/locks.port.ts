import type { EnvironmentName } from '#policy/policy';

export interface LockKey {
  readonly application: string;
  readonly environment: EnvironmentName;
}

export interface Waiter {
  readonly deploymentId: string;
  readonly taskToken: string;
}

export type Acquisition =
  | { readonly acquired: true; readonly fence: number }
  | { readonly acquired: false; readonly holder: string; readonly heldBecause?: string | undefined };

export interface LockState {
  readonly holder?: string;
  readonly fence: number;
  readonly leaseUntil?: string;
  /** The reason why a lock is kept after its deployment ended, for example a failed rollback. */
  readonly heldBecause?: string;
  /** The deployments that wait for the lock, in order of arrival. */
  readonly waiters: readonly Waiter[];
  /** The deployment that passed the lock on, until the new holder acts. */
  readonly handed?: { readonly from: string };
}

/** One lock per application and environment: a lease, a fence, and the tokens of the waiting deployments. */
export interface Locks {
  acquire(key: LockKey, waiter: Waiter): Promise<Acquisition>;
  /** Frees the lock, or takes the deployment off the queue. Returns the waiter that got the lock, with its fence. */
  release(key: LockKey, deploymentId: string): Promise<(Waiter & { readonly fence: number }) | undefined>;
  renew(key: LockKey, deploymentId: string, fence: number): Promise<void>;
  /** Raises the fence and returns it. Sluice then refuses every action under the former fence. */
  raiseFence(key: LockKey, deploymentId: string): Promise<number>;
  keepHeld(key: LockKey, deploymentId: string, because: string): Promise<void>;
  read(key: LockKey): Promise<LockState>;
  /** Takes a waiting deployment off the queue for its cancel, and returns it with its token. */
  withdraw(key: LockKey, deploymentId: string): Promise<Waiter | undefined>;
}
