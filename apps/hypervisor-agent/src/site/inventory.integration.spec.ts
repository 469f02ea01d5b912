import type { InventoryPage } from '@orion/contracts';
import { waitFor } from '@orion/testing';
import { AgentWorld, MARK } from '../testing/agent.fixture';

let world: AgentWorld;
beforeAll(async () => {
  world = await AgentWorld.start();
});
beforeEach(() => world.renew());

/** The newest picture of which every page has come. */
function picture(): readonly InventoryPage[] | undefined {
  const { pages, generation } = world.orchestrator;
  const newest = pages.filter((page) => page.generation === generation).at(-1);
  const all = pages.filter(({ inventoryId }) => inventoryId === newest?.inventoryId);
  return newest !== undefined && all.length === newest.pages ? all : undefined;
}

test('the whole picture is told at the start, and again soon after a change', async () => {
  await world.serve({ ORION_INVENTORY_INTERVAL: '1h' });
  const [first] = await waitFor(picture);
  expect(first?.hosts.map(({ name }) => name)).toEqual(['pve1', 'pve2', 'pve3']);
  expect(first?.storages.map(({ name }) => name)).toContain('shared');

  const vmId = await world.aVm();

  const marked = await waitFor(() => picture()?.flatMap(({ vms }) => vms.find((vm) => vm.vmId === vmId) ?? [])[0]);
  expect(marked).toMatchObject({ vmId, host: 'pve1', state: 'stopped', mark: MARK });
});

test('a site with more VMs than a message holds is told of on pages', async () => {
  const ids = Array.from({ length: 300 }, () => world.newVmId());
  const name = 'a-rather-long-name-of-a-vm'.repeat(20);
  await Promise.all(ids.map((vmId) => world.cluster.makeVm(vmId, { name })));
  await world.serve();

  const pages = await waitFor(() => picture());

  expect(pages.length).toBeGreaterThan(1);
  expect(pages.map(({ page }) => page)).toEqual(pages.map((_, index) => index + 1));
  expect(pages.map(({ hosts }) => hosts.length)).toEqual([3, ...pages.slice(1).map(() => 0)]);
  const told = pages.flatMap(({ vms }) => vms.map(({ vmId }) => vmId));
  expect(told.filter((vmId) => ids.includes(vmId)).sort()).toEqual(ids);
});

test('changes that never pause do not put the picture off', async () => {
  await world.serve({ ORION_INVENTORY_INTERVAL: '1h' });
  const vm = { vmId: await world.aVm(), host: 'pve1' };
  await waitFor(() => picture()?.some(({ vms }) => vms.some(({ vmId }) => vmId === vm.vmId)));
  const before = world.orchestrator.pages.length;

  for (let turn = 0; turn < 1_000 && world.orchestrator.pages.length === before; turn++) {
    await world.perform(turn % 2 ? world.command('vm.stop', { ...vm, graceMs: 0 }) : world.command('vm.start', vm));
  }

  expect(world.orchestrator.pages.length).toBeGreaterThan(before);
});

test('a command to look at the site ends when a picture is recorded that was taken after it began', async () => {
  await world.serve({ ORION_INVENTORY_INTERVAL: '1h' });
  await waitFor(picture);
  const vmId = world.newVmId();
  await world.cluster.makeVm(vmId, { name: 'by-hand' });
  const began = Date.now();
  const look = world.command(
    'vm.start',
    { vmId, host: 'pve1' },
    { kind: 'site.observe', target: 'site:job', sequence: 1, payload: {} as never },
  );

  const outcome = await world.perform(look);

  const [page] = picture() ?? [];
  expect(outcome).toEqual({ status: 'succeeded', result: { takenAt: page?.takenAt } });
  expect(Date.parse(page?.takenAt ?? '')).toBeGreaterThanOrEqual(began);
  expect(page?.vms.map((vm) => vm.vmId)).toContain(vmId);
});
