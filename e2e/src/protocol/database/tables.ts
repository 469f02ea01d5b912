import type {
  AgentRow,
  CommandRow,
  EventRow,
  JobRow,
  NetworkRow,
  NodeRow,
  OutboxRow,
  RangeRow,
  SequenceRow,
  StepRow,
  TurnRow,
} from './rows';

/** What is committed, by id. Rows are replaced, never changed. */
export class Table<R extends object> {
  readonly rows = new Map<string, R>();

  constructor(readonly name: string) {}
}

export class Tables {
  readonly job = new Table<JobRow>('job');
  readonly step = new Table<StepRow>('step');
  readonly command = new Table<CommandRow>('command');
  readonly range = new Table<RangeRow>('range');
  readonly node = new Table<NodeRow>('node');
  readonly network = new Table<NetworkRow>('network');
  readonly agent = new Table<AgentRow>('agent');
  readonly event = new Table<EventRow>('event');
  readonly outbox = new Table<OutboxRow>('outbox');
  readonly sequence = new Table<SequenceRow>('sequence');
  readonly turn = new Table<TurnRow>('turn');
}

/** A row is locked by a transaction that has not ended; the statement runs again when it has. */
export class Blocked extends Error {
  constructor(readonly by: Transaction) {
    super('The row is locked.');
  }
}

/** Changes that nobody else sees before the commit, and locks until then. */
export class Transaction {
  readonly writes = new Map<Table<object>, Map<string, object | undefined>>();
  readonly ended: Promise<void>;
  waitsFor: Transaction | undefined;
  private end: () => void = () => undefined;

  constructor(private readonly locks: Map<string, Transaction>) {
    this.ended = new Promise((resolve) => (this.end = resolve));
  }

  lock(key: string): void {
    const holder = this.locks.get(key);
    if (holder !== undefined && holder !== this) throw new Blocked(holder);
    this.locks.set(key, this);
  }

  isFree(key: string): boolean {
    const holder = this.locks.get(key);
    return holder === undefined || holder === this;
  }

  commit(): void {
    for (const [table, rows] of this.writes) {
      for (const [id, row] of rows) {
        if (row === undefined) table.rows.delete(id);
        else table.rows.set(id, row);
      }
    }
    this.release();
  }

  release(): void {
    this.writes.clear();
    for (const [key, holder] of this.locks) if (holder === this) this.locks.delete(key);
    this.end();
  }
}

/**
 * One statement of a transaction: sees what was committed before it began and what its transaction has done; its own
 * changes show after it. Changing a row locks it.
 */
export class View {
  private readonly changes: (readonly [Table<object>, string, object | undefined])[] = [];

  constructor(
    private readonly transaction: Transaction,
    readonly now: number,
    private readonly rowLocks: boolean,
  ) {}

  get<R extends object>(table: Table<R>, id: string): R | undefined {
    const own = this.transaction.writes.get(table);
    return own?.has(id) ? (own.get(id) as R | undefined) : table.rows.get(id);
  }

  all<R extends object>(table: Table<R>): R[] {
    const own = this.transaction.writes.get(table);
    if (own === undefined) return [...table.rows.values()];
    const merged = new Map<string, object | undefined>(table.rows);
    for (const [id, row] of own) merged.set(id, row);
    return [...merged.values()].filter((row): row is R => row !== undefined);
  }

  put<R extends object>(table: Table<R>, id: string, row: R | undefined): void {
    this.lockRow(table, id);
    this.changes.push([table, id, row]);
  }

  update<R extends object>(table: Table<R>, id: string, change: Partial<R>): void {
    const row = this.get(table, id);
    if (row !== undefined) this.put(table, id, { ...row, ...change });
  }

  lockRow(table: Table<object>, id: string): void {
    if (this.rowLocks) this.transaction.lock(`${table.name} ${id}`);
  }

  /** False where SKIP LOCKED would leave the row out. */
  takeRow(table: Table<object>, id: string): boolean {
    if (!this.rowLocks) return true;
    if (!this.transaction.isFree(`${table.name} ${id}`)) return false;
    this.lockRow(table, id);
    return true;
  }

  /** An advisory lock until the commit. */
  lock(key: string): void {
    this.transaction.lock(key);
  }

  apply(): void {
    for (const [table, id, row] of this.changes) {
      const own = this.transaction.writes.get(table) ?? new Map<string, object | undefined>();
      this.transaction.writes.set(table, own);
      own.set(id, row);
    }
  }
}
