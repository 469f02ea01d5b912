import { open, readFile, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';

interface Waiting {
  readonly text: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Where records are kept. Each is there to stay once `append` has resolved. */
export interface RecordStore<R> {
  append(...records: readonly R[]): Promise<void>;
  /** Replaces all records at once or not at all. Nothing may be appended meanwhile. */
  rewrite(records: readonly R[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * A file of records, one JSON line each with its checksum in front. A record is on disk (fsync) when `append` resolves;
 * records that come while a write is under way share the next one.
 */
export class RecordLog<R> implements RecordStore<R> {
  private waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;

  private constructor(
    private readonly path: string,
    private file: FileHandle,
  ) {}

  /**
   * Opens the file and answers its records. A last line without its end, which a crash in the middle of a write leaves,
   * is cut off: nobody was told that it was written. A whole record with a wrong checksum is damage and refused, wherever
   * it stands: somebody may have been told of it.
   */
  static async open<R>(path: string): Promise<{ readonly log: RecordLog<R>; readonly records: readonly R[] }> {
    const content = await readFile(path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    });
    const { records, intactBytes } = readRecords<R>(content, path);
    const file = await open(path, 'a', 0o600);
    try {
      if (intactBytes < content.length) {
        await file.truncate(intactBytes);
        await file.sync();
      }
      await syncFolder(dirname(path));
    } catch (error) {
      await file.close();
      throw error;
    }
    return { log: new RecordLog<R>(path, file), records };
  }

  append(...records: readonly R[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ text: records.map(lineOf).join(''), resolve, reject });
      this.writing ??= this.writeAll();
    });
  }

  /** Replaces all records by `records`, at once or not at all. Nothing may be appended meanwhile. */
  async rewrite(records: readonly R[]): Promise<void> {
    const draft = `${this.path}.new`;
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(records.map(lineOf).join(''));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, this.path);
    await syncFolder(dirname(this.path));
    const before = this.file;
    this.file = await open(this.path, 'a', 0o600);
    await before.close();
  }

  async close(): Promise<void> {
    await this.writing;
    await this.file.close();
  }

  /** Never rejects: each record's own promise tells whether it was written. */
  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        await this.writeBatch(batch.map(({ text }) => text).join(''));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    // In the same turn as the last look at what waits: a record that comes later must begin a write of its own.
    this.writing = undefined;
  }

  private async writeBatch(text: string): Promise<void> {
    const before = (await this.file.stat()).size;
    try {
      await this.file.writeFile(text);
      await this.file.datasync();
    } catch (error) {
      // A full disk may have taken a part of it: cut it off, so that the next record does not stand behind a torn one.
      await this.file.truncate(before).catch(() => undefined);
      throw error;
    }
  }
}

function lineOf(record: unknown): string {
  const text = JSON.stringify(record);
  return `${crc32(text).toString(16).padStart(8, '0')} ${text}\n`;
}

function readRecords<R>(content: Buffer, path: string): { records: R[]; intactBytes: number } {
  const records: R[] = [];
  let intactBytes = 0;
  for (let end = content.indexOf(10); end !== -1; end = content.indexOf(10, intactBytes)) {
    const line = content.toString('utf8', intactBytes, end);
    const text = line.slice(9);
    if (crc32(text).toString(16).padStart(8, '0') !== line.slice(0, 8)) {
      throw new Error(`The journal ${path} is damaged at byte ${intactBytes}: a whole record has a wrong checksum.`);
    }
    records.push(JSON.parse(text) as R);
    intactBytes = end + 1;
  }
  return { records, intactBytes };
}

async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r');
  await folder.sync();
  await folder.close();
}
