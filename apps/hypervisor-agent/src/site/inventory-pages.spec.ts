import { MAX_MESSAGE_BYTES, type VmFacts } from '@orion/contracts';
import { pagesOf } from './inventory-pages';

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
