import type { Clock } from '@orion/runtime';

/** A clock that stands still until it is moved. */
export class FakeClock implements Clock {
  private current: number;

  constructor(start: Date | string = '2030-01-01T00:00:00.000Z') {
    this.current = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.current);
  }

  advance(milliseconds: number): Date {
    this.current += milliseconds;
    return this.now();
  }

  set(time: Date | string): void {
    this.current = new Date(time).getTime();
  }
}
