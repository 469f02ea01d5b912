import {
  ApiKeyStore,
  AuditStore,
  BaselineStore,
  BlueprintStore,
  DriftReadStore,
  EventReadStore,
  IdempotencyStore,
  JobReadStore,
  JobRequestStore,
  LookAheadStore,
  RangeNodeStore,
  RangeStore,
  SiteStore,
  TenantStore,
} from '@orion/persistence';
import type { EntityManager } from 'typeorm';

/** The stores of one transaction. */
export class Stores {
  constructor(readonly db: EntityManager) {}

  get apiKeys(): ApiKeyStore {
    return new ApiKeyStore(this.db);
  }
  get audit(): AuditStore {
    return new AuditStore(this.db);
  }
  get baselines(): BaselineStore {
    return new BaselineStore(this.db);
  }
  get blueprints(): BlueprintStore {
    return new BlueprintStore(this.db);
  }
  get drift(): DriftReadStore {
    return new DriftReadStore(this.db);
  }
  get events(): EventReadStore {
    return new EventReadStore(this.db);
  }
  get idempotency(): IdempotencyStore {
    return new IdempotencyStore(this.db);
  }
  get jobs(): JobReadStore {
    return new JobReadStore(this.db);
  }
  get jobRequests(): JobRequestStore {
    return new JobRequestStore(this.db);
  }
  get lookAhead(): LookAheadStore {
    return new LookAheadStore(this.db);
  }
  get nodes(): RangeNodeStore {
    return new RangeNodeStore(this.db);
  }
  get ranges(): RangeStore {
    return new RangeStore(this.db);
  }
  get sites(): SiteStore {
    return new SiteStore(this.db);
  }
  get tenants(): TenantStore {
    return new TenantStore(this.db);
  }
}
