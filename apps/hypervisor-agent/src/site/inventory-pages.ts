import { MAX_MESSAGE_BYTES, type VmFacts } from '@orion/contracts';

/** Leaves room for the envelope, and for hosts and storages on the first page. */
const PAGE_BYTES = MAX_MESSAGE_BYTES / 2;

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
