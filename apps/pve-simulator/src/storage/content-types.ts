import type { StorageType } from '../cluster/cluster-spec';

export const CONTENT_TYPES: Readonly<Record<StorageType, string>> = {
  dir: 'images,rootdir,iso,vztmpl,backup,snippets,import',
  nfs: 'images,rootdir,iso,vztmpl,backup,snippets,import',
  lvmthin: 'images,rootdir',
  zfspool: 'images,rootdir',
  rbd: 'images,rootdir',
};
