interface Waiter {
  readonly shared: boolean;
  readonly grant: () => void;
  readonly giveUp: () => void;
}

interface Lock {
  exclusive: boolean;
  shared: number;
  readonly waiters: Waiter[];
}

export type Release = () => void;

/** Named locks, first come first served, exclusive or shared. A waiter gives up after its patience (real ms). */
export class Locks {
  private readonly locks = new Map<string, Lock>();

  isHeld(name: string): boolean {
    return this.locks.has(name);
  }

  /** Ends every wait at once, as if patience had run out. */
  close(): void {
    for (const lock of this.locks.values()) for (const waiter of [...lock.waiters]) waiter.giveUp();
  }

  tryAcquire(name: string, shared = false): Release | undefined {
    const lock = this.lock(name);
    if (!this.free(lock, shared)) return undefined;
    return this.take(name, lock, shared);
  }

  async acquire(
    name: string,
    options: { shared?: boolean; patienceMs: number; timedOut: () => Error },
  ): Promise<Release> {
    const shared = options.shared ?? false;
    const lock = this.lock(name);
    if (this.free(lock, shared)) return this.take(name, lock, shared);
    await new Promise<void>((resolve, reject) => {
      const giveUp = () => {
        clearTimeout(timer);
        lock.waiters.splice(lock.waiters.indexOf(waiter), 1);
        reject(options.timedOut());
      };
      const grant = () => {
        clearTimeout(timer);
        resolve();
      };
      const waiter: Waiter = { shared, grant, giveUp };
      const timer = setTimeout(giveUp, options.patienceMs);
      lock.waiters.push(waiter);
    });
    return this.releaseOnce(name, lock, shared);
  }

  private lock(name: string): Lock {
    let lock = this.locks.get(name);
    if (lock === undefined) {
      lock = { exclusive: false, shared: 0, waiters: [] };
      this.locks.set(name, lock);
    }
    return lock;
  }

  private free(lock: Lock, shared: boolean): boolean {
    if (lock.exclusive || lock.waiters.length > 0) return false;
    return shared || lock.shared === 0;
  }

  private take(name: string, lock: Lock, shared: boolean): Release {
    this.mark(lock, shared);
    return this.releaseOnce(name, lock, shared);
  }

  private mark(lock: Lock, shared: boolean): void {
    if (shared) lock.shared += 1;
    else lock.exclusive = true;
  }

  private releaseOnce(name: string, lock: Lock, shared: boolean): Release {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      if (shared) lock.shared -= 1;
      else lock.exclusive = false;
      this.grantNext(lock);
      const idle = !lock.exclusive && lock.shared === 0 && lock.waiters.length === 0;
      if (idle && this.locks.get(name) === lock) this.locks.delete(name);
    };
  }

  private grantNext(lock: Lock): void {
    for (let next = lock.waiters[0]; next !== undefined; next = lock.waiters[0]) {
      if (lock.exclusive || (!next.shared && lock.shared > 0)) return;
      lock.waiters.shift();
      this.mark(lock, next.shared);
      next.grant();
    }
  }
}
