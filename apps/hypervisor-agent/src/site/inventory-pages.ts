import { MAX_MESSAGE_BYTES, type InventoryPage, type SdnFacts, type VmFacts } from '@orion/contracts';

/** Leaves room for the envelope, and for hosts and storages on the first page. */
const PAGE_BYTES = MAX_MESSAGE_BYTES / 2;

/** VNets of a page; each takes some hundred bytes. */
const VNETS_OF_PAGE = 400;

type Content = Pick<InventoryPage, 'vms' | 'sdn'>;

/** Pages of VMs, and of VNets beside them. */
export function contentsOf(vms: readonly VmFacts[], sdn: SdnFacts | undefined): readonly Content[] {
  const contents: Content[] = pagesOf(vms).map((page) => ({ vms: page }));
  if (sdn === undefined) return contents;
  for (let from = 0, index = 0; from === 0 || from < sdn.vnets.length; from += VNETS_OF_PAGE, index += 1) {
    const vnets = sdn.vnets.slice(from, from + VNETS_OF_PAGE);
    contents[index] = { vms: contents[index]?.vms ?? [], sdn: { zones: from === 0 ? sdn.zones : [], vnets } };
  }
  return contents;
}

/** Pages that stay below the limit of a message; one empty page when there is nothing to tell. */
export function pagesOf(vms: readonly VmFacts[]): readonly (readonly VmFacts[])[] {
  const pages: VmFacts[][] = [[]];
  let bytes = 0;
  for (const vm of vms) {
    const size = Buffer.byteLength(JSON.stringify(vm)) + 1;
    if (bytes + size > PAGE_BYTES && bytes > 0) {
      pages.push([]);
      bytes = 0;
    }
    pages.at(-1)?.push(vm);
    bytes += size;
  }
  return pages;
}
