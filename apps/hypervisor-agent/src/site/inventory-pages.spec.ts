import { MAX_MESSAGE_BYTES, type VmFacts } from '@orion/contracts';
import { contentsOf, pagesOf } from './inventory-pages';

function vms(count: number, nameLength = 10): readonly VmFacts[] {
  return Array.from({ length: count }, (_, index) => ({
    vmId: 1_000 + index,
    host: 'pve1',
    name: 'é'.repeat(nameLength),
    state: 'running',
    template: false,
    memoryMiB: 512,
    nics: [],
  }));
}

test('a site without VMs is told of on one empty page', () => {
  expect(pagesOf([])).toEqual([[]]);
});

test('what fits on one page stays together', () => {
  expect(pagesOf(vms(100))).toHaveLength(1);
});

test('every VM is on exactly one page, in order, and each page leaves half a message free', () => {
  const all = vms(2_000, 200);
  const pages = pagesOf(all);
  expect(pages.length).toBeGreaterThan(2);
  expect(pages.flat()).toEqual(all);
  for (const page of pages) expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(MAX_MESSAGE_BYTES / 2 + 2);
});

test('a VM that is larger than a page has one for itself', () => {
  const [small, large, last] = [vms(1), vms(1, MAX_MESSAGE_BYTES / 2), vms(1)];
  expect(pagesOf([...small, ...large, ...last])).toEqual([small, large, last]);
});

test('VNets are told beside the VMs, on as many pages as they take, and zones once', () => {
  const zones = [{ name: 'ranges', type: 'vxlan' }];
  const mark = { installation: 'i'.repeat(36), rangeId: 'r'.repeat(36), network: 'n'.repeat(63) };
  const vnets = Array.from({ length: 1_000 }, (_, index) => ({ name: `o${index}`, zone: 'ranges', tag: index, mark }));
  const pages = contentsOf(vms(2_000, 200), { zones, vnets });

  expect(pages.flatMap((page) => page.sdn?.vnets ?? [])).toEqual(vnets);
  expect(pages.flatMap((page) => page.sdn?.zones ?? [])).toEqual(zones);
  expect(pages.flatMap((page) => page.vms)).toHaveLength(2_000);
  for (const page of pages) expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(MAX_MESSAGE_BYTES);
  expect(contentsOf([], { zones, vnets })).toHaveLength(3);
});

test('that a site has no VNets is told too; that it cannot be told is not', () => {
  expect(contentsOf([], { zones: [], vnets: [] })).toEqual([{ vms: [], sdn: { zones: [], vnets: [] } }]);
  expect(contentsOf([], undefined)).toEqual([{ vms: [] }]);
});
