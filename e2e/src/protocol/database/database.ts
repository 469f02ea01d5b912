import type { DataSource } from 'typeorm';
import type { Process } from '../process';
import { agentStatements } from './agent-statements';
import { commandStatements } from './command-statements';
import { jobStatements } from './job-statements';
import { stepStatements } from './step-statements';
import { Blocked, Tables, Transaction, View } from './tables';

/** What a statement does, by its name; the text of the SQL is not read. */
export type Statements = Readonly<Record<string, (view: View, values: readonly unknown[]) => readonly object[]>>;

interface Query {
  readonly name: string;
  readonly values: readonly unknown[];
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}
interface Result {
  readonly command: string;
  readonly rows: readonly object[];
}

export interface DatabaseGuards {
  /** False: a statement changes rows that others have locked. */
  readonly rowLocks: boolean;
}

/**
 * PostgreSQL as the orchestrators see it: atomic transactions, row locks, READ COMMITTED, connections that break. Each
 * statement of `@orion/persistence` is known by its name.
 */
export class ModelDatabase {
  readonly tables = new Tables();
  now = 0;
  /** Statements that were asked for and that the model does not know. */
  readonly unknown = new Set<string>();
  private readonly statements: Statements;
  private readonly locks = new Map<string, Transaction>();
  private readonly connections = new Set<Connection>();

  constructor(private readonly guards: DatabaseGuards) {
    const { tables } = this;
    this.statements = {
      ...jobStatements(tables),
      ...stepStatements(tables),
      ...commandStatements(tables),
      ...agentStatements(tables),
    };
  }

  /** The database as a process reaches it. */
  sourceFor(process: Process): DataSource {
    const connect = (): Connection => {
      const connection = new Connection(this, process);
      this.connections.add(connection);
      return connection;
    };
    const source = {
      createQueryRunner: () => {
        const connection = connect();
        const runner = {
          isReleased: false,
          connect: () => Promise.resolve(connection),
          release: () => Promise.resolve(connection.end()),
        };
        return { ...runner, manager: { queryRunner: runner } };
      },
      driver: {
        obtainMasterConnection: () => {
          const connection = connect();
          return Promise.resolve([connection, () => void connection.end()]);
        },
      },
    };
    return source as unknown as DataSource;
  }

  begin(): Transaction {
    return new Transaction(this.locks);
  }

  run(transaction: Transaction, { name, values }: Pick<Query, 'name' | 'values'>): readonly object[] {
    const statement = this.statements[name];
    if (statement === undefined) {
      this.unknown.add(name);
      throw new Error(`The model does not know the statement ${name}.`);
    }
    const view = new View(transaction, this.now, this.guards.rowLocks);
    const rows = statement(view, values);
    view.apply();
    return rows;
  }

  /** What a client outside the model commits at once; false when a row that it needs is locked. */
  atOnce(work: (view: View) => void): boolean {
    const transaction = this.begin();
    try {
      const view = new View(transaction, this.now, this.guards.rowLocks);
      work(view);
      view.apply();
      transaction.commit();
      return true;
    } catch (error) {
      transaction.release();
      if (error instanceof Blocked) return false;
      throw error;
    }
  }

  /** Breaks the connections of a process, or all: what they had not committed is rolled back. */
  sever(process?: Process): void {
    for (const connection of this.connections)
      if (process === undefined || connection.of === process) connection.sever();
  }

  left(connection: Connection): void {
    this.connections.delete(connection);
  }
}

/** One connection, whose statements travel together when they are sent together. */
class Connection {
  private readonly queue: Query[] = [];
  private transaction: Transaction | undefined;
  private failed = false;
  private running = false;
  private severed = false;

  constructor(
    private readonly database: ModelDatabase,
    readonly of: Process,
  ) {
    of.onDeath(() => this.sever());
  }

  /** That a connection has broken, a statement on it tells as well. */
  on(): void {}

  removeListener(): void {}

  query(asked: string | { readonly name: string; readonly values: readonly unknown[] }): Promise<Result> {
    const { name, values } = typeof asked === 'string' ? { name: asked, values: [] } : asked;
    return new Promise((resolve, reject) => {
      if (this.severed) {
        reject(new Error('The connection is broken.'));
        return;
      }
      this.queue.push({ name, values, resolve, reject });
      if (!this.running) void this.work();
    });
  }

  end(): void {
    this.transaction?.release();
    this.transaction = undefined;
    this.database.left(this);
  }

  sever(): void {
    this.severed = true;
    this.end();
    for (const { reject } of this.queue.splice(0)) reject(new Error('The connection was broken.'));
  }

  private async work(): Promise<void> {
    this.running = true;
    try {
      while (this.queue.length > 0 && !this.severed) {
        await this.of.point('statements');
        for (let query = this.queue.shift(); query !== undefined; query = this.queue.shift()) await this.perform(query);
      }
    } catch {
      this.sever();
    }
    this.running = false;
  }

  private async perform(query: Query): Promise<void> {
    const { name, resolve, reject } = query;
    try {
      if (this.severed) throw new Error('The connection was broken.');
      if (name === 'BEGIN') this.transaction = this.database.begin();
      else if (name === 'COMMIT' || name === 'ROLLBACK') return await this.endTransaction(name, resolve);
      else {
        resolve({ command: 'SELECT', rows: await this.rowsOf(query) });
        return;
      }
      resolve({ command: name, rows: [] });
    } catch (error) {
      this.failed = true;
      reject(error as Error);
    }
  }

  private async endTransaction(name: 'COMMIT' | 'ROLLBACK', resolve: Query['resolve']): Promise<void> {
    const command = name === 'COMMIT' && !this.failed ? 'COMMIT' : 'ROLLBACK';
    if (command === 'COMMIT') this.transaction?.commit();
    else this.transaction?.release();
    this.transaction = undefined;
    this.failed = false;
    // Here a process dies that has committed and does not know it.
    await this.of.point('ended');
    resolve({ command, rows: [] });
  }

  private async rowsOf(query: Query): Promise<readonly object[]> {
    if (this.failed) throw new Error('The transaction has failed.');
    const alone = this.transaction === undefined;
    const transaction = this.transaction ?? this.database.begin();
    this.transaction = transaction;
    try {
      const rows = await this.untilFree(transaction, query);
      if (alone) transaction.commit();
      return rows;
    } finally {
      if (alone) {
        transaction.release();
        this.transaction = undefined;
      }
    }
  }

  private async untilFree(transaction: Transaction, query: Query): Promise<readonly object[]> {
    for (;;) {
      if (this.severed) throw new Error('The connection was broken.');
      try {
        return this.database.run(transaction, query);
      } catch (error) {
        if (!(error instanceof Blocked)) throw error;
        for (let by: Transaction | undefined = error.by; by !== undefined; by = by.waitsFor) {
          if (by === transaction) throw new Error(`Deadlock in ${query.name}.`, { cause: error });
        }
        transaction.waitsFor = error.by;
        await error.by.ended;
        transaction.waitsFor = undefined;
        await this.of.point('lock');
      }
    }
  }
}
