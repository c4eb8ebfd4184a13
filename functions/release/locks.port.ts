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
  /** Why a lock is kept after its deployment ended, as after a failed rollback. */
  readonly heldBecause?: string;
  /** Who waits for it, first come first. */
  readonly waiters: readonly Waiter[];
  /** Who has handed it to its holder, who has not acted since. */
  readonly handed?: { readonly from: string };
}

/** One lock per application and environment: a lease, a fencing number, and the tokens of those who wait. */
export interface Locks {
  acquire(key: LockKey, waiter: Waiter): Promise<Acquisition>;
  /** Frees the lock, or takes the deployment off the queue; answers the waiter who holds it now, with its fence. */
  release(key: LockKey, deploymentId: string): Promise<(Waiter & { readonly fence: number }) | undefined>;
  renew(key: LockKey, deploymentId: string, fence: number): Promise<void>;
  /** Makes every action under the former fence refuse; answers the new fence. */
  raiseFence(key: LockKey, deploymentId: string): Promise<number>;
  keepHeld(key: LockKey, deploymentId: string, because: string): Promise<void>;
  read(key: LockKey): Promise<LockState>;
  /** Takes a waiting deployment's token off the queue, for its cancel. */
  withdraw(key: LockKey, deploymentId: string): Promise<Waiter | undefined>;
}
