import { startNats, waitFor } from '@orion/testing';
import { connect, nkeyAuthenticator, nkeys, type NatsConnection } from 'nats';
import { aBehaviour, aCommand, anAgent, anEvent, anOrchestrator, SITE } from '../bus.fixture';
import type { BusOptions } from '../bus-options';
import { agentPermissions, orchestratorPermissions } from '../site-subject';

/** What the package says of its key maker in no type. */
interface KeyMaker {
  createUser(): { getPublicKey(): string; getSeed(): Uint8Array };
}

const times = { requestTimeoutMs: 1_000, closeTimeoutMs: 500 };
const over = (url: string, nkeySeed?: string): BusOptions => ({
  transport: 'nats',
  servers: [url],
  ...(nkeySeed !== undefined && { nkeySeed }),
  ...times,
});

function aKey() {
  const pair = (nkeys as KeyMaker).createUser();
  return { nkey: pair.getPublicKey(), seed: Buffer.from(pair.getSeed()).toString() };
}

describe('the agent bus over NATS', () => {
  test('services start while NATS is away and find it when it comes', async () => {
    const nats = await startNats();
    await nats.kill();
    const agent = await anAgent(over(nats.url), aBehaviour());
    const orchestrator = await anOrchestrator(over(nats.url), aBehaviour());
    expect(agent.health().state).toBe('down');
    await expect(agent.orchestrator.event(anEvent())).rejects.toMatchObject({ failure: 'unreachable' });

    await nats.restart();

    await waitFor(() => orchestrator.agents.command(aCommand()));
    await waitFor(() => agent.orchestrator.event(anEvent()));
  });

  test('after a restart of NATS both sides hear each other again', async () => {
    const nats = await startNats();
    const agent = await anAgent(over(nats.url), aBehaviour());
    const orchestrator = await anOrchestrator(over(nats.url), aBehaviour());
    await waitFor(() => orchestrator.agents.command(aCommand()));

    await nats.kill();
    await waitFor(() => orchestrator.health().state === 'down');
    await expect(orchestrator.agents.command(aCommand())).rejects.toMatchObject({
      failure: 'unreachable',
      retryable: true,
    });
    await nats.restart();

    await waitFor(() => orchestrator.agents.command(aCommand()));
    await waitFor(() => agent.orchestrator.event(anEvent()));
  });

  test('a side that never found NATS closes in time', async () => {
    const nats = await startNats();
    await nats.kill();
    const agent = await anAgent(over(nats.url), aBehaviour());
    await agent.stop();
    expect(agent.health().state).toBe('down');
  });

  test('orchestrators share the events of a site', async () => {
    const nats = await startNats();
    const handled: string[] = [];
    const counting = (name: string) =>
      aBehaviour({
        event: () => {
          handled.push(name);
          return Promise.resolve({ recorded: true });
        },
      });
    const agent = await anAgent(over(nats.url), aBehaviour());
    const sides = [
      await anOrchestrator(over(nats.url), counting('one')),
      await anOrchestrator(over(nats.url), counting('two')),
    ];
    await waitFor(() => [agent, ...sides].every((side) => side.health().state === 'up'));

    await Promise.all(
      Array.from({ length: 60 }, (_, index) => agent.orchestrator.event(anEvent({ number: index + 1 }))),
    );

    expect(handled).toHaveLength(60);
    expect(new Set(handled)).toEqual(new Set(['one', 'two']));
  });

  test('bytes that are no JSON are refused and do no harm', async () => {
    const nats = await startNats();
    const orchestrator = await anOrchestrator(over(nats.url), aBehaviour());
    await anAgent(over(nats.url), aBehaviour());
    await waitFor(() => orchestrator.agents.command(aCommand()));
    const stranger = await connect({ servers: nats.url });

    const answer = await stranger.request(`orion.${SITE}.agent.command`, Buffer.from('{"half'));

    expect(JSON.parse(answer.string())).toMatchObject({ error: { code: 'request.invalid' } });
    expect(await orchestrator.agents.command(aCommand())).toEqual({ status: 'accepted' });
    await stranger.close();
  });

  test("a message on a site's subject that names another site is refused", async () => {
    const nats = await startNats();
    const orchestrator = await anOrchestrator(over(nats.url), aBehaviour());
    await waitFor(() => orchestrator.health().state === 'up');
    const stranger = await connect({ servers: nats.url });
    const answer = await waitFor(() =>
      stranger.request(`orion.site-b.orchestrator.event`, Buffer.from(JSON.stringify(anEvent({ siteId: SITE })))),
    );
    expect(JSON.parse(answer.string())).toMatchObject({ error: { code: 'auth.forbidden' } });
    await stranger.close();
  });

  describe('with keys', () => {
    const agentKey = aKey();
    const orchestratorKey = aKey();
    let url: string;
    let intruder: NatsConnection;

    beforeAll(async () => {
      const server = await startNats({
        users: [
          { nkey: agentKey.nkey, permissions: agentPermissions(SITE) },
          { nkey: orchestratorKey.nkey, permissions: orchestratorPermissions() },
        ],
      });
      url = server.url;
      intruder = await connect({
        servers: url,
        authenticator: nkeyAuthenticator(Buffer.from(agentKey.seed)),
        inboxPrefix: `_INBOX_${SITE}`,
      });
    });
    afterAll(() => intruder.close());

    test('agent and orchestrator reach each other', async () => {
      const agent = await anAgent(over(url, agentKey.seed), aBehaviour());
      const orchestrator = await anOrchestrator(over(url, orchestratorKey.seed), aBehaviour());
      expect(await waitFor(() => orchestrator.agents.command(aCommand()))).toEqual({ status: 'accepted' });
      expect(await waitFor(() => agent.orchestrator.event(anEvent()))).toEqual({ recorded: true });
      await agent.stop();
      await orchestrator.stop();
    });

    test("an agent's key cannot speak for another site", async () => {
      const asked = intruder.request('orion.site-b.orchestrator.event', Buffer.from('{}'));
      await expect(asked).rejects.toMatchObject({ code: 'PERMISSIONS_VIOLATION' });
    });

    test("an agent's key cannot command agents", async () => {
      const asked = intruder.request(`orion.${SITE}.agent.command`, Buffer.from('{}'));
      await expect(asked).rejects.toMatchObject({ code: 'PERMISSIONS_VIOLATION' });
    });

    test.each(['orion.site-b.agent.command', 'orion.*.agent.command', 'orion.>', '_INBOX_orchestrator.>'])(
      "an agent's key cannot listen to %s",
      async (subject) => {
        const refused = new Promise((resolve) => {
          intruder.subscribe(subject, { callback: (error) => resolve(error?.code) });
        });
        expect(await refused).toBe('PERMISSIONS_VIOLATION');
      },
    );

    test('an agent that is configured for a site of another key is told so and never served', async () => {
      const agent = await anAgent(over(url, agentKey.seed), aBehaviour(), 'site-b');
      await waitFor(() => agent.health().state === 'up');
      await expect(agent.orchestrator.event(anEvent({ siteId: 'site-b' }))).rejects.toMatchObject({
        code: 'auth.forbidden',
      });
      await agent.stop();
    });

    test('nobody connects without a key', async () => {
      await expect(connect({ servers: url })).rejects.toMatchObject({ code: 'AUTHORIZATION_VIOLATION' });
    });
  });
});
