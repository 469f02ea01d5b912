export type { AclEntry, TokenSpec, UserSpec } from './access/access-control';
export type {
  BridgeSpec,
  ClusterSpec,
  HostSpec,
  NicSpec,
  SdnZoneSpec,
  StorageSpec,
  StorageType,
  TemplateSpec,
} from './cluster/cluster-spec';
export { defaultCluster, withSdnZone } from './cluster/default-cluster';
export type { FaultKind, FaultSpec } from './faults/faults';
export type { HoldPhase, HoldSpec, HoldState } from './faults/holds';
export { createIdentity, type ServerIdentity } from './http/certificates';
export type { RunningSimulator, SimulatorOptions } from './options';
export { startSimulator } from './start-simulator';
export { RECORDED_PROFILE, type LatencyProfile } from './timing/profile';
