interface RequestEntry {
  readonly number: number;
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly caller?: string;
  readonly operation?: string;
  readonly status: number | 'dropped';
  readonly reason?: string;
  readonly upid?: string;
  readonly milliseconds: number;
}

/** The latest API calls, oldest first. */
export class RequestLog {
  private entries: RequestEntry[] = [];
  private count = 0;

  constructor(private readonly capacity = 5000) {}

  add(entry: Omit<RequestEntry, 'number' | 'at'>): void {
    this.count += 1;
    this.entries.push({ number: this.count, at: new Date().toISOString(), ...entry });
    if (this.entries.length > this.capacity * 2) this.entries = this.entries.slice(-this.capacity);
  }

  recent(limit = 1000): { total: number; requests: RequestEntry[] } {
    return { total: this.count, requests: this.entries.slice(-limit) };
  }

  clear(): void {
    this.entries = [];
    this.count = 0;
  }
}
