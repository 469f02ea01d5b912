import { readFile } from 'node:fs/promises';
import { busOptions, listenOnBus, openAgentSide } from '@orion/agent-bus';
import { createProxmoxHypervisor, type Hypervisor } from '@orion/hypervisor';
import { defineService, startHealthServer, type ConfigOf, type ServiceContext } from '@orion/runtime';
import { AgentModule } from './agent.module';
import { CommandDesk } from './commands/command-desk';
import { CommandRunner } from './commands/command-runner';
import { FactSender } from './commands/fact-sender';
import { agentConfig } from './config';
import { Journal } from './journal/journal';
import { beat } from './site/heartbeat';
import { InventoryReporter } from './site/inventory-reporter';
import { Registration } from './site/registration';

/** Performs commands on one site. Health is served at `urls.health`. */
export const agentService = defineService({
  name: 'orion-hypervisor-agent',
  config: agentConfig,
  async build(context) {
    const { config, version, clock, metrics, health, log, onStop } = context;
    const stopped = new AbortController();
    const journal = await Journal.open(config.ORION_JOURNAL_DIR);
    onStop('journal', () => journal.close());
    const bus = openAgentSide(busOptions(config), config.ORION_SITE_ID);
    onStop('bus', () => bus.close());

    const registration = new Registration(config.ORION_SITE_ID, version.version, journal, bus.orchestrator);
    const facts = new FactSender(journal, bus.orchestrator, registration);
    onStop('facts', () => facts.stop());
    const site = new Site(context);
    await site.readCa();
    onStop('hypervisor', () => site.close());
    const hypervisor = () => site.hypervisor(registration.installation);
    const inventory = new InventoryReporter({
      ...{ registration, clock, hypervisor },
      orchestrator: bus.orchestrator,
      intervalMs: config.ORION_INVENTORY_INTERVAL,
    });
    const runner = new CommandRunner({
      ...{ journal, facts, clock, hypervisor },
      lease: registration.lease,
      slots: config.ORION_AGENT_SLOTS,
      onChange: () => inventory.changed(),
      reportSite: () => inventory.observe(),
    });
    const desk = new CommandDesk(journal, registration, runner, clock);

    const app = await listenOnBus(AgentModule.of({ desk, registration }), bus);
    onStop('commands', () => app.close());
    health.add(
      { name: 'bus', check: () => Promise.resolve(bus.health()) },
      {
        name: 'site',
        check: () =>
          Promise.resolve({
            state: registration.state === 'active' ? 'up' : 'down',
            detail: registration.state,
          } as const),
      },
      { name: 'hypervisor', required: false, check: () => Promise.resolve(site.health()) },
    );
    const server = await startHealthServer({
      ...{ health, metrics, version },
      host: config.ORION_HEALTH_HOST,
      port: config.ORION_HEALTH_PORT,
    });
    onStop('health', () => server.stop());

    onStop('commands under way', () => {
      stopped.abort();
      runner.halt();
    });
    // Orchestrators may come later than we do, so that the service counts as started before it is registered.
    const serving = registration.register(stopped.signal).then(() => {
      runner.resume();
      for (const { command } of journal.withUnrecordedFacts()) facts.send(command.commandId);
      inventory.report();
      return beat(
        {
          ...{ registration, desk, runner },
          orchestrator: bus.orchestrator,
          agentVersion: version.version,
          hypervisor: () => site.seen(),
        },
        stopped.signal,
      );
    });
    serving.catch((error: unknown) => {
      if (!stopped.signal.aborted) log.error('Serving no more', { err: error });
    });
    onStop('inventory', () => inventory.stop());
    return { health: server.url };
  },
});

/** The hypervisor of the site, opened once the installation's name is known. */
class Site {
  private opened: Hypervisor | undefined;
  private answeredAt: Date | undefined;
  private version: string | undefined;
  private caPem: string | undefined;

  constructor(private readonly context: ServiceContext<ConfigOf<typeof agentConfig>>) {}

  hypervisor(installation: string): Hypervisor {
    const { config, clock } = this.context;
    this.opened ??= createProxmoxHypervisor({
      url: config.ORION_PVE_URL,
      tokenId: config.ORION_PVE_TOKEN_ID,
      tokenSecret: config.ORION_PVE_TOKEN_SECRET,
      installation,
      ...(this.caPem !== undefined && { caPem: this.caPem }),
      ...(config.ORION_PVE_FINGERPRINT !== undefined && { fingerprint: config.ORION_PVE_FINGERPRINT }),
      polling: { firstMs: config.ORION_PVE_POLL_FIRST, longestMs: config.ORION_PVE_POLL_LONGEST },
      onAnswer: () => (this.answeredAt = clock.now()),
    });
    return this.opened;
  }

  async readCa(): Promise<void> {
    const { ORION_PVE_CA_FILE: file } = this.context.config;
    if (file !== undefined) this.caPem = await readFile(file, 'utf8');
  }

  /** What is known of the hypervisor; asks it for its version until it has told. Waits for nothing. */
  seen(): { readonly answeredAt?: Date; readonly version?: string } {
    const { answeredAt, version } = this;
    if (version === undefined) {
      void this.opened?.capabilities().then(
        (capabilities) => (this.version = capabilities.version),
        () => undefined,
      );
    }
    return { ...(answeredAt !== undefined && { answeredAt }), ...(version !== undefined && { version }) };
  }

  health(): { readonly state: 'up' | 'degraded'; readonly detail?: string } {
    if (this.answeredAt === undefined) return { state: 'degraded', detail: 'The hypervisor has not answered yet.' };
    return { state: 'up', detail: `Last answer at ${this.answeredAt.toISOString()}.` };
  }

  async close(): Promise<void> {
    await this.opened?.close();
  }
}
