import { describeClones } from './clones';
import type { ConformanceSite } from './conformance-site';
import { describeConfiguration } from './configuration';
import { describeGuests } from './guests';
import { describeInventory } from './inventory';
import { describeNetworks } from './networks';
import { describeOperations } from './operations';
import { describeOwnership } from './ownership';
import { describePower } from './power';
import { SiteUnderTest } from './site-under-test';
import { describeSnapshots } from './snapshots';

/**
 * The rules of `docs/reference/hypervisor-contract.md` as tests, each named by its number. Every adapter runs all of them,
 * against a site that `setUp` prepares once.
 */
export function describeHypervisorConformance(name: string, setUp: () => Promise<ConformanceSite>): void {
  describe(`${name} conforms to the hypervisor contract`, () => {
    const under = new SiteUnderTest(setUp);
    beforeAll(() => under.begin());
    afterAll(() => under.end());

    describeClones(under);
    describeConfiguration(under);
    describePower(under);
    describeSnapshots(under);
    describeOwnership(under);
    describeOperations(under);
    describeInventory(under);
    describeNetworks(under);
    describeGuests(under);
  });
}
