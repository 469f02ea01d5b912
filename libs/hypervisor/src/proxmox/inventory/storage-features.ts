export interface StorageFeatures {
  readonly snapshots: boolean;
  readonly linkedClones: boolean;
  /** The storage rolls back to its newest snapshot only. */
  readonly newestOnly: boolean;
}

const ALL: StorageFeatures = { snapshots: true, linkedClones: true, newestOnly: false };
const NONE: StorageFeatures = { snapshots: false, linkedClones: false, newestOnly: false };

/**
 * What a storage can do, by its type. Files (`dir`, `nfs`, ...) can when they are qcow2, which a clone inherits from its
 * template; raw ones cannot. Source: the storage plug-ins of Proxmox VE 9.1.
 */
const FEATURES: Readonly<Record<string, StorageFeatures>> = {
  dir: ALL,
  nfs: ALL,
  cifs: ALL,
  btrfs: ALL,
  glusterfs: ALL,
  cephfs: NONE,
  lvmthin: ALL,
  rbd: ALL,
  zfspool: { ...ALL, newestOnly: true },
  zfs: { ...ALL, newestOnly: true },
  lvm: NONE,
  iscsi: NONE,
  iscsidirect: NONE,
};

const FILE_BASED = new Set(['dir', 'nfs', 'cifs', 'glusterfs']);

/** A type that is not known is trusted with nothing. */
export function storageFeatures(type: string): StorageFeatures {
  return FEATURES[type] ?? NONE;
}

/** Narrows a storage's features to one volume on it: `local:900/base-900-disk-0.raw` on `dir` can do nothing. */
export function volumeFeatures(type: string, volume: string): StorageFeatures {
  return FILE_BASED.has(type) && !/\.qcow2(\D|$)/.test(volume) ? NONE : storageFeatures(type);
}
