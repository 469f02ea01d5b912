/** What chaos reads of the REST API. */
export interface JobReading {
  readonly id: string;
  readonly kind: string;
  readonly state: 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  readonly attempt: number;
  readonly params: Readonly<Record<string, unknown>>;
  readonly error: { readonly code: string; readonly detail: string } | null;
}

export interface RangeReading {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly desiredState: 'running' | 'stopped' | 'destroyed';
  readonly revision: number;
  readonly nodes: readonly { readonly name: string; readonly state: string; readonly vmId: number }[];
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** What chaos reads of the simulator's control endpoint. */
export interface VmReading {
  readonly vmid: number;
  readonly host: string;
  readonly name?: string;
  readonly status: 'running' | 'stopped';
  readonly paused: boolean;
  readonly tags: readonly string[];
  readonly lock: string | null;
  readonly template: boolean;
  readonly config: Readonly<Record<string, string | number>>;
  readonly snapshots: readonly { readonly name: string }[];
}

export interface TaskReading {
  readonly type: string;
  readonly id: string;
  readonly endtime?: number;
  readonly log: readonly string[];
}

export function hasEnded({ state }: JobReading): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}

/** What a clone under way is called; one that died keeps the name, and no call but of a person can tell whose it was. */
export function isHalfMade({ config }: VmReading): boolean {
  return String(config['description'] ?? '').trim() === 'qmclone temporary file';
}

/** The node of a row: one whose VM will be gone after a change to another revision ends in `~old` or `~new`. */
export function nodeOf(name: string): string {
  return name.split('~', 1)[0] ?? name;
}

/** Whose a VM is by its tags; undefined without a mark. */
export function ownerOf({ tags }: VmReading): { readonly rangeId: string; readonly node: string } | undefined {
  const part = (prefix: string): string | undefined => tags.find((tag) => tag.startsWith(prefix))?.slice(prefix.length);
  const rangeId = part('orion-r.');
  const node = part('orion-n.');
  return rangeId === undefined || node === undefined ? undefined : { rangeId, node };
}
