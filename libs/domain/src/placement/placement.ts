/** What placement reads of a node. */
export interface NodeToPlace {
  readonly name: string;
  readonly template: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** Smallest size of its disk; absent: the template's. */
  readonly diskGiB?: number | undefined;
  /** `full` copies the disk; otherwise the clone is linked where the storage can make such, else full. */
  readonly cloneMode?: 'linked' | 'full' | undefined;
}

export interface HostRoom {
  readonly name: string;
  readonly online: boolean;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** As the hypervisor reports it: what runs is already subtracted. */
  readonly memoryFreeMiB: number;
}

export interface StorageRoom {
  readonly name: string;
  readonly shared: boolean;
  /** Hosts that can use it. */
  readonly hosts: readonly string[];
  /** On each host when it is not shared. */
  readonly freeGiB: number;
  readonly linkedClones: boolean;
}

/** One copy of a template. A template on local storage has a copy on each host that can take its clones. */
export interface TemplateCopy {
  readonly name: string;
  readonly vmId: number;
  readonly host: string;
  readonly storage: string;
  readonly shared: boolean;
  readonly diskGiB: number;
}

/** Memory that the nodes of all ranges on a host hold, running or not. */
export interface HostUse {
  readonly reservedMiB: number;
  /** Part of it that runs, and so is missing from the host's free memory already. */
  readonly runningMiB: number;
}

export interface PlacementRequest {
  readonly nodes: readonly NodeToPlace[];
  readonly hosts: readonly HostRoom[];
  readonly storages: readonly StorageRoom[];
  readonly templates: readonly TemplateCopy[];
  /** By the host's name; a host that is not named holds nothing of ours. */
  readonly used: ReadonlyMap<string, HostUse>;
  /** Memory of each host that is never given to nodes. */
  readonly hostReservedMiB: number;
}

/** Where a node lives and from what it is cloned. */
export interface Placement {
  readonly node: string;
  readonly host: string;
  readonly storage: string;
  readonly storageShared: boolean;
  readonly templateVmId: number;
  readonly templateHost: string;
  readonly mode: 'linked' | 'full';
  /** Space that is reckoned with on the storage; of a linked clone a part of its disk. */
  readonly diskGiB: number;
}

/** What keeps one node from having a place, in a sentence and as values. */
export interface MissingRoom {
  readonly node: string;
  readonly detail: string;
  readonly resource: 'template' | 'host' | 'cpus' | 'memory' | 'disk';
  readonly needed?: number;
  /** Most that any host (or storage) has left. */
  readonly available?: number;
  readonly where?: string;
}

export interface Shortfall {
  readonly code: 'capacity.insufficient' | 'template.not_found';
  readonly detail: string;
  /** At most 20; `nodesWithoutPlace` counts them all. */
  readonly missing: readonly MissingRoom[];
  readonly nodesWithoutPlace: number;
}

export type PlacementResult =
  | { readonly placements: readonly Placement[]; readonly shortfall?: undefined }
  | {
      readonly shortfall: Shortfall;
      readonly placements?: undefined;
      /** Nodes that do have a place. */ readonly placed: readonly Placement[];
    };
