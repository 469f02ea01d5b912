import type { CloneMode, Egress, OperatingSystem } from './normalised-blueprint';

/**
 * A part of a document that was checked for form: null means that it is there (or should be) but malformed, and that this
 * has been reported. Rules pass over such parts in silence, so that one mistake is told once.
 */
export type Part<T> = T | null;

/** A blueprint as written, well-formed except for its null parts. Strings may still break a pattern or a length. */
export interface BlueprintDraft {
  readonly name?: Part<string>;
  readonly description?: Part<string>;
  readonly labels?: Part<LabelsDraft>;
  readonly networks?: Part<readonly Part<NetworkDraft>[]>;
  readonly nodes?: Part<readonly Part<NodeDraft>[]>;
}

export type LabelsDraft = Readonly<Record<string, Part<string>>>;

export interface NetworkDraft {
  readonly name?: Part<string>;
  readonly description?: Part<string>;
  readonly cidr?: Part<string>;
  readonly gateway?: Part<string>;
  readonly egress?: Part<Egress>;
}

export interface NodeDraft {
  readonly name?: Part<string>;
  readonly description?: Part<string>;
  readonly count?: Part<number>;
  readonly template?: Part<string>;
  readonly os?: Part<OperatingSystem>;
  readonly labels?: Part<LabelsDraft>;
  readonly resources?: Part<ResourcesDraft>;
  readonly interfaces?: Part<readonly Part<InterfaceDraft>[]>;
  readonly dependsOn?: Part<readonly Part<string>[]>;
  readonly readiness?: Part<ReadinessDraft>;
  readonly isolated?: Part<boolean>;
  readonly cloneMode?: Part<CloneMode>;
  readonly cloudInit?: Part<CloudInitDraft>;
  readonly probes?: Part<readonly Part<ProbeDraft>[]>;
}

export interface ResourcesDraft {
  readonly cpus?: Part<number>;
  readonly memoryMiB?: Part<number>;
  readonly diskGiB?: Part<number>;
}

export interface InterfaceDraft {
  readonly network?: Part<string>;
  readonly address?: Part<string>;
  readonly mac?: Part<string>;
}

export interface ReadinessDraft {
  readonly guestAgent?: Part<boolean>;
  readonly timeoutSeconds?: Part<number>;
}

export interface ProbeDraft {
  readonly name?: Part<string>;
  readonly timeoutSeconds?: Part<number>;
  readonly exec?: Part<ExecProbeDraft>;
  readonly tcp?: Part<TcpProbeDraft>;
}

export interface ExecProbeDraft {
  readonly command?: Part<readonly Part<string>[]>;
  readonly exitCode?: Part<number>;
  readonly output?: Part<string>;
}

export interface TcpProbeDraft {
  readonly port?: Part<number>;
  readonly from?: Part<string>;
}

export interface CloudInitDraft {
  readonly user?: Part<string>;
  readonly sshKeys?: Part<readonly Part<string>[]>;
}
