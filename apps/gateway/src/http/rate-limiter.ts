import { DomainError } from '@orion/domain';
import { monotonicMs } from '@orion/runtime';

interface Bucket {
  tokens: number;
  at: number;
}

const BUCKETS = 50_000;

/** Token buckets by name: so many requests a second on average, twice as many at once. Per gateway, in memory. */
export class RateLimiter {
  private readonly buckets = new Map<string, Bucket>();

  /** `perSecond` 0: no limit. `now` tells milliseconds. */
  constructor(
    private readonly perSecond: number,
    private readonly now: () => number = monotonicMs,
  ) {}

  /** Throws `request.rate_limited` when the bucket is empty. */
  take(name: string): void {
    if (this.perSecond === 0) return;
    const now = this.now();
    const bucket = this.bucketOf(name, now);
    const full = this.perSecond * 2;
    bucket.tokens = Math.min(full, bucket.tokens + ((now - bucket.at) / 1_000) * this.perSecond);
    bucket.at = now;
    if (bucket.tokens < 1) {
      const retryAfterSeconds = Math.max(1, Math.ceil((1 - bucket.tokens) / this.perSecond));
      throw new DomainError('request.rate_limited', undefined, { retryAfterSeconds, limitPerSecond: this.perSecond });
    }
    bucket.tokens -= 1;
  }

  private bucketOf(name: string, now: number): Bucket {
    const existing = this.buckets.get(name);
    if (existing) return existing;
    if (this.buckets.size >= BUCKETS) this.forgetFull(now);
    const bucket = { tokens: this.perSecond * 2, at: now };
    this.buckets.set(name, bucket);
    return bucket;
  }

  /** A bucket that has filled up again tells nothing; when none has, an attack is on and all start anew. */
  private forgetFull(now: number): void {
    for (const [name, bucket] of this.buckets) {
      if (now - bucket.at > 2_000) this.buckets.delete(name);
    }
    if (this.buckets.size >= BUCKETS) this.buckets.clear();
  }
}
