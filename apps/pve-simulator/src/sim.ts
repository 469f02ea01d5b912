import type { AccessControl, Caller } from './access/access-control';
import type { Tickets } from './access/tickets';
import type { Cluster } from './cluster/cluster';
import type { ClusterSpec } from './cluster/cluster-spec';
import type { Publication } from './cluster/publication';
import type { Counters } from './admin/counters';
import type { RequestLog } from './admin/request-log';
import type { Faults } from './faults/faults';
import type { Holds } from './faults/holds';
import type { Pools } from './pools/pools';
import type { Sdn } from './sdn/sdn';
import type { TaskManager } from './tasks/task-manager';
import type { Locks } from './timing/locks';
import type { LatencyProfile } from './timing/profile';
import type { Random } from './timing/random';
import type { SimulatedTime } from './timing/time';
import type { Vms } from './vms/vms';

export interface PveVersion {
  readonly version: string;
  readonly release: string;
  readonly repoid: string;
  readonly major: number;
  /** Error texts are in the body too; before 8.4 only the reason phrase has them. */
  readonly messageInBody: boolean;
}

/** Everything that a request handler works with. */
export interface Sim {
  readonly spec: ClusterSpec;
  readonly version: PveVersion;
  readonly fingerprint: string;
  readonly time: SimulatedTime;
  readonly random: Random;
  readonly profile: LatencyProfile;
  readonly access: AccessControl;
  readonly tickets: Tickets;
  readonly locks: Locks;
  readonly faults: Faults;
  readonly holds: Holds;
  readonly tasks: TaskManager;
  readonly cluster: Cluster;
  readonly vms: Vms;
  readonly pools: Pools;
  readonly sdn: Sdn;
  /** Options of the firewall of the cluster. */
  readonly firewall: Map<string, string | number>;
  readonly counters: Counters;
  readonly requests: RequestLog;
  readonly publication: Publication;
}

export const LOCAL_ROOT: Caller = { user: 'root@pam' };
