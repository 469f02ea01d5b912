import { setTimeout as delay } from 'node:timers/promises';
import type { VmRef } from '../port';
import { anOperation, type ConformanceVm } from './conformance-site';
import { rule, type SiteUnderTest } from './site-under-test';

const BOOT_MS = 60_000;

export function describeGuests(under: SiteUnderTest): void {
  const awake = async (): Promise<ConformanceVm> => {
    const vm = await under.vm().running();
    await waitFor(() => under.hypervisor.guestPing(vm.ref), BOOT_MS);
    return vm;
  };

  const run = (ref: VmRef, command: readonly string[]) =>
    under.hypervisor.guestExec(ref, { command, timeoutMs: 10_000 });

  rule('HV-70', 'a guest that is stopped does not answer, one that has booted does', async () => {
    const vm = await under.vm().cloned();
    expect(await under.hypervisor.guestPing(vm.ref)).toBe(false);
    await under.hypervisor.start(vm.ref, anOperation().operation);
    await waitFor(() => under.hypervisor.guestPing(vm.ref), BOOT_MS);
  });

  rule('HV-71', 'a program in the guest tells its exit code and output', async () => {
    const { ref } = await awake();
    expect(await run(ref, ['echo', 'hello'])).toMatchObject({ exitCode: 0, stdout: 'hello\n', truncated: false });
    expect(await run(ref, ['false'])).toMatchObject({ exitCode: 1 });
  });

  rule('HV-72', 'the guest tells its interfaces with MAC and addresses', async () => {
    const { ref } = await awake();
    const observed = await under.hypervisor.observeVm(ref.vmId, ref.host);
    const macs = (await under.hypervisor.guestInterfaces(ref)).map(({ mac }) => mac);
    expect(macs).toEqual(expect.arrayContaining([...(observed?.macs ?? [])]));
  });

  rule('HV-73', 'a file in the guest holds exactly what was written', async () => {
    const { ref } = await awake();
    await under.hypervisor.guestWriteFile(ref, '/tmp/orion', Buffer.from('naïve 漢字\n'));
    const shown = await under.hypervisor.guestExec(ref, { command: ['cat', '/tmp/orion'], timeoutMs: 10_000 });
    expect(shown.stdout).toBe('naïve 漢字\n');
  });

  rule('HV-74', 'a stopped VM runs no program', async () => {
    const vm = await under.vm().cloned();
    await expect(run(vm.ref, ['true'])).rejects.toMatchObject({ code: 'vm.not_running' });
  });

  rule(
    'HV-76',
    'a guest tells name, system and addresses to who inspects its VM; a silent one is no error',
    async () => {
      const vm = await awake();
      const { guest } = await under.hypervisor.inspectVm(vm.ref, true);
      expect(guest).toMatchObject({ answers: true });
      expect([guest?.hostname, guest?.os].filter((told) => told === undefined || told === '')).toEqual([]);
      expect(guest?.addresses.filter((address) => /^(127\.|169\.254\.|::1$|fe80:)|\//i.test(address))).toEqual([]);
      expect((await under.hypervisor.inspectVm(vm.ref, false)).guest).toBeUndefined();
      await under.hypervisor.suspend(vm.ref, anOperation().operation);
      const paused = await under.hypervisor.inspectVm(vm.ref, true);
      expect(paused).toMatchObject({ state: 'paused', guest: { answers: false, addresses: [] } });
    },
  );

  rule(
    'HV-77',
    'a guest that fell behind has the present time after its clock was set; one that is off has none',
    async () => {
      const { ref } = await awake();
      const ahead = async () => Number((await run(ref, ['date', '+%s'])).stdout) - Date.now() / 1_000;
      await run(ref, ['date', '-u', '-s', '@1000000000']);
      expect(await ahead()).toBeLessThan(-1_000);
      expect(await under.hypervisor.setGuestClock(ref, 'linux')).toBe(true);
      expect(Math.abs(await ahead())).toBeLessThan(5);
      expect(await under.hypervisor.setGuestClock(ref, 'other')).toBe(false);
      await under.hypervisor.suspend(ref, anOperation().operation);
      expect(await under.hypervisor.setGuestClock(ref, 'linux')).toBe(false);
    },
  );

  rule('HV-75', 'a running VM has a console, a stopped one has none', async () => {
    const vm = await under.vm().running();
    const ticket = await under.hypervisor.consoleTicket(vm.ref);
    expect(ticket).toMatchObject({ host: under.site.host });
    expect(ticket.port).toBeGreaterThan(0);
    expect(ticket.ticket).not.toBe('');
    await under.hypervisor.stop(vm.ref, 0, anOperation().operation);
    await expect(under.hypervisor.consoleTicket(vm.ref)).rejects.toMatchObject({ code: 'vm.not_running' });
  });
}

/** The suite is part of the library, which must not know the test tools. */
async function waitFor(condition: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  const until = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > until) throw new Error(`Waited ${timeoutMs} ms in vain for the guest agent`);
    await delay(100);
  }
}
