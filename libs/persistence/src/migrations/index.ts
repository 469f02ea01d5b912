import { CreateTenancy1764000000000 } from './1764000000000-create-tenancy';
import { CreateSites1764000001000 } from './1764000001000-create-sites';
import { CreateRangesAndJobs1764000002000 } from './1764000002000-create-ranges-and-jobs';
import { DropOldPartitions1764000003000 } from './1764000003000-drop-old-partitions';
import { AddJobEstimate1764000004000 } from './1764000004000-add-job-estimate';
import { MoveLateRows1764000005000 } from './1764000005000-move-late-rows';
import { FindNodeOfVm1764000006000 } from './1764000006000-find-node-of-vm';
import { AdmitInTurns1764000007000 } from './1764000007000-admit-in-turns';
import { CreateBaselines1764000009000 } from './1764000009000-create-baselines';
import { IsolateNetworks1764000010000 } from './1764000010000-isolate-networks';
import { LookAheadAtSites1764000011000 } from './1764000011000-look-ahead-at-sites';
import { TellPlaceInQueueQuickly1764000012000 } from './1764000012000-tell-place-in-queue-quickly';
import { LeaseSitesToAgents1764000013000 } from './1764000013000-lease-sites-to-agents';

/** In the order in which they run. A migration that has shipped never changes. */
export const MIGRATIONS = [
  CreateTenancy1764000000000,
  CreateSites1764000001000,
  CreateRangesAndJobs1764000002000,
  DropOldPartitions1764000003000,
  AddJobEstimate1764000004000,
  MoveLateRows1764000005000,
  FindNodeOfVm1764000006000,
  AdmitInTurns1764000007000,
  CreateBaselines1764000009000,
  IsolateNetworks1764000010000,
  LookAheadAtSites1764000011000,
  TellPlaceInQueueQuickly1764000012000,
  LeaseSitesToAgents1764000013000,
] as const;
