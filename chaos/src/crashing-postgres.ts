import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@orion/runtime';
import { Client, type QueryResultRow } from 'pg';

/** A PostgreSQL that keeps what it has promised when it crashes, and comes back on the same port. */
export class CrashingPostgres {
  private constructor(
    private readonly dir: string,
    private current: EmbeddedPostgres,
  ) {}

  static async start(dir: string): Promise<CrashingPostgres> {
    return new CrashingPostgres(dir, await startEmbeddedPostgres({ dir, durable: true, maxConnections: 200 }));
  }

  /** The superuser's. */
  get url(): string {
    return this.current.url;
  }

  get port(): number {
    return this.current.port;
  }

  /** Ends it as a power cut would, and starts it again after `downMs`. */
  async crash(downMs = 0, pause: (milliseconds: number) => Promise<unknown> = () => Promise.resolve()): Promise<void> {
    const { port } = this.current;
    await this.current.kill();
    await pause(downMs);
    this.current = await startEmbeddedPostgres({ dir: this.dir, port, durable: true, maxConnections: 200 });
  }

  /** Reads the truth as the superuser. */
  async query<R extends QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<readonly R[]> {
    const client = new Client({ connectionString: this.url });
    await client.connect();
    try {
      return (await client.query<R>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  /** Stops it and removes its data, which root's lies elsewhere. */
  async remove(): Promise<void> {
    await this.current.stop();
    const marker = join(this.dir, 'lies-elsewhere');
    if (existsSync(marker)) await rm(readFileSync(marker, 'utf8').trim(), { recursive: true, force: true });
  }
}
