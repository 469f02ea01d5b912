import type { Hypervisor } from '../port';
import { ConformanceVm, type ConformanceSite } from './conformance-site';

/** The site of a run and the ids that its tests use up. */
export class SiteUnderTest {
  private prepared: ConformanceSite | undefined;
  private used = 0;

  constructor(private readonly setUp: () => Promise<ConformanceSite>) {}

  async begin(): Promise<void> {
    this.prepared = await this.setUp();
  }

  async end(): Promise<void> {
    await this.prepared?.hypervisor.close();
    await this.prepared?.close();
  }

  get site(): ConformanceSite {
    if (this.prepared === undefined) throw new Error('The site is prepared in beforeAll');
    return this.prepared;
  }

  get hypervisor(): Hypervisor {
    return this.site.hypervisor;
  }

  /** A VM with an id that no other test has. It does not exist yet. */
  vm(): ConformanceVm {
    const vmId = this.site.vmIds.first + this.used;
    this.used += 1;
    return new ConformanceVm(this.site, vmId, `node-${this.used}`);
  }
}

/** A test that proves a rule of the contract. */
export function rule(number: `HV-${string}`, promise: string, prove: () => Promise<void>): void {
  test(`${number} ${promise}`, prove);
}
