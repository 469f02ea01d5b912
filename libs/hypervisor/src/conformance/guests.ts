import { setTimeout as delay } from 'node:timers/promises';
import { anOperation, type ConformanceVm } from './conformance-site';
import { rule, type SiteUnderTest } from './site-under-test';

const BOOT_MS = 60_000;

export function describeGuests(under: SiteUnderTest): void {
  const awake = async (): Promise<ConformanceVm> => {
    const vm = await under.vm().running();
    await waitFor(() => under.hypervisor.guestPing(vm.ref), BOOT_MS);
    return vm;
  };

  rule('HV-70', 'a guest that is stopped does not answer, one that has booted does', async () => {
    const vm = await under.vm().cloned();
    expect(await under.hypervisor.guestPing(vm.ref)).toBe(false);
    await under.hypervisor.start(vm.ref, anOperation().operation);
    await waitFor(() => under.hypervisor.guestPing(vm.ref), BOOT_MS);
  });

  rule('HV-71', 'a program in the guest tells its exit code and output', async () => {
    const { ref } = await awake();
    const run = (command: readonly string[]) => under.hypervisor.guestExec(ref, { command, timeoutMs: 10_000 });
    expect(await run(['echo', 'hello'])).toMatchObject({ exitCode: 0, stdout: 'hello\n', truncated: false });
    expect(await run(['false'])).toMatchObject({ exitCode: 1 });
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
    const run = under.hypervisor.guestExec(vm.ref, { command: ['true'], timeoutMs: 1_000 });
    await expect(run).rejects.toMatchObject({ code: 'vm.not_running' });
  });

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
