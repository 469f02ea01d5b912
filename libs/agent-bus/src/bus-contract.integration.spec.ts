import { MAX_MESSAGE_BYTES, type CommandEnvelope } from '@orion/contracts';
import { DomainError } from '@orion/domain';
import { currentTraceId, currentTraceparent, freePort, inSpan, startTracing } from '@orion/runtime';
import { startNats, waitFor } from '@orion/testing';
import { aBehaviour, aCommand, anAgent, anEvent, anOrchestrator, SITE } from './bus.fixture';
import type { BusOptions } from './bus-options';

interface Ends {
  readonly agent: BusOptions;
  readonly orchestrator: BusOptions;
}

const times = { requestTimeoutMs: 1_000, closeTimeoutMs: 500 };

async function overNats(): Promise<Ends> {
  const { url } = await startNats();
  const options: BusOptions = { transport: 'nats', servers: [url], ...times };
  return { agent: options, orchestrator: options };
}

async function overTcp(): Promise<Ends> {
  const [one, other] = [await freePort(), await freePort()];
  const token = 'a token for this test';
  return {
    agent: { transport: 'tcp', port: one, peerPort: other, token, ...times },
    orchestrator: { transport: 'tcp', port: other, peerPort: one, token, ...times },
  };
}

describe.each([
  ['nats', overNats],
  ['tcp', overTcp],
] as const)('the agent bus over %s', (_transport, prepare) => {
  let ends: Ends;
  beforeEach(async () => {
    ends = await prepare();
  });

  async function bothSides(changes: Parameters<typeof aBehaviour>[0] = {}) {
    const behaviour = aBehaviour(changes);
    const agent = await anAgent(ends.agent, behaviour);
    const orchestrator = await anOrchestrator(ends.orchestrator, behaviour);
    await waitFor(() => agent.health().state === 'up' && orchestrator.health().state === 'up');
    return { agent, orchestrator };
  }

  test('a command reaches the agent of its site and brings back its answer', async () => {
    const received: CommandEnvelope[] = [];
    const { orchestrator } = await bothSides({
      command: (command) => {
        received.push(command);
        return Promise.resolve({ status: 'known', outcome: { status: 'cancelled' } });
      },
    });
    const command = aCommand();

    const ack = await orchestrator.agents.command(command);

    expect(ack).toEqual({ status: 'known', outcome: { status: 'cancelled' } });
    expect(received).toEqual([command]);
  });

  test('an event reaches the orchestrator', async () => {
    const { agent } = await bothSides();
    expect(await agent.orchestrator.event(anEvent())).toEqual({ recorded: true });
  });

  test('a request that is not answered fails in time', async () => {
    const { orchestrator } = await bothSides({ command: () => new Promise(() => undefined) });
    await expect(orchestrator.agents.command(aCommand())).rejects.toMatchObject({
      failure: 'timeout',
      retryable: true,
    });
  });

  test('a request that nobody listens to fails at once and may be repeated', async () => {
    const orchestrator = await anOrchestrator(ends.orchestrator, aBehaviour());
    await waitFor(() => orchestrator.health().state === 'up');
    const refusal = { failure: 'no_listener', code: 'service.unavailable', retryable: true };
    await expect(orchestrator.agents.command(aCommand())).rejects.toMatchObject(refusal);
  });

  test('a listener that comes later is found', async () => {
    const orchestrator = await anOrchestrator(ends.orchestrator, aBehaviour());
    await waitFor(() => orchestrator.health().state === 'up');
    await expect(orchestrator.agents.command(aCommand())).rejects.toMatchObject({ failure: 'no_listener' });

    await anAgent(ends.agent, aBehaviour());

    await waitFor(() => orchestrator.agents.command(aCommand()));
  });

  test('an error of a handler arrives with its code', async () => {
    const refuse = () => Promise.reject(new DomainError('site.offline', 'No agent serves it.'));
    const { agent } = await bothSides({ event: refuse });
    const refusal = { failure: 'refused', code: 'site.offline', message: 'No agent serves it.' };
    await expect(agent.orchestrator.event(anEvent())).rejects.toMatchObject(refusal);
  });

  test('an unexpected error of a handler keeps its text at home', async () => {
    const { agent } = await bothSides({ event: () => Promise.reject(new Error('secret')) });
    const error = await agent.orchestrator.event(anEvent()).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ failure: 'refused', code: 'internal.error' });
    expect(String(error)).not.toContain('secret');
  });

  test('a malformed command is refused, whatever is wrong with it', async () => {
    const { orchestrator } = await bothSides();
    const wrong = [{ sequence: 0 }, { expiresAt: 'tomorrow' }, { target: 'moon' }, { payload: {} }];
    for (const changes of wrong) {
      const ack = await orchestrator.agents.command({ ...aCommand(), ...changes });
      expect(ack).toMatchObject({ status: 'refused', code: 'command.malformed' });
    }
  });

  test('a malformed message of another kind is refused with an error', async () => {
    const { agent } = await bothSides();
    await expect(agent.orchestrator.event(anEvent({ number: -1 }))).rejects.toMatchObject({ code: 'request.invalid' });
  });

  test('an answer of no known form is not taken', async () => {
    const { orchestrator } = await bothSides({ command: () => Promise.resolve({ status: 'perhaps' } as never) });
    await expect(orchestrator.agents.command(aCommand())).rejects.toMatchObject({ failure: 'malformed_reply' });
  });

  test('a kind that this release does not know is left to the agent', async () => {
    const { orchestrator } = await bothSides();
    const command = { ...aCommand(), kind: 'vm.teleport', payload: {} } as unknown as CommandEnvelope;
    expect(await orchestrator.agents.command(command)).toEqual({ status: 'accepted' });
  });

  test('a message that is too large is not sent', async () => {
    const received: unknown[] = [];
    const { agent } = await bothSides({
      event: (event) => {
        received.push(event);
        return Promise.resolve({ recorded: true });
      },
    });
    const event = anEvent({ fact: { type: 'task', handle: 'x'.repeat(MAX_MESSAGE_BYTES) } });
    await expect(agent.orchestrator.event(event)).rejects.toMatchObject({ failure: 'too_large', retryable: false });
    expect(received).toEqual([]);
  });

  test('an answer that is too large becomes an error', async () => {
    const detail = 'x'.repeat(MAX_MESSAGE_BYTES);
    const { orchestrator } = await bothSides({
      command: () => Promise.resolve({ status: 'refused', code: 'internal.error', detail }),
    });
    await expect(orchestrator.agents.command(aCommand())).rejects.toMatchObject({ code: 'request.too_large' });
  });

  test('500 requests at once are each answered with their own answer', async () => {
    const { orchestrator } = await bothSides({
      command: ({ commandId }) =>
        Promise.resolve({ status: 'known', outcome: { status: 'succeeded', result: { commandId } } }),
    });
    const ids = Array.from({ length: 500 }, (_, index) => `command-${index}`);

    const acks = await Promise.all(ids.map((commandId) => orchestrator.agents.command(aCommand({ commandId }))));

    expect(acks.map((ack) => ack.status === 'known' && ack.outcome)).toEqual(
      ids.map((commandId) => ({ status: 'succeeded', result: { commandId } })),
    );
  });

  test('a trace goes on at the other side', async () => {
    const tracing = await startTracing({ service: 'test', version: '0', sampler: 'always_on', sampleRatio: 1 });
    const seen: (string | undefined)[] = [];
    const { orchestrator } = await bothSides({
      command: () => {
        seen.push(currentTraceId());
        return Promise.resolve({ status: 'accepted' });
      },
    });

    const traceId = await tracing.run(() =>
      inSpan('test', {}, async () => {
        await orchestrator.agents.command(aCommand());
        return currentTraceId();
      }),
    );
    await tracing.stop();

    expect(seen).toEqual([traceId]);
    expect(traceId).toBeDefined();
    expect(currentTraceparent()).toBeUndefined();
  });

  test('what is being handled is still answered when a side closes, and closing ends in time', async () => {
    let release = (): void => undefined;
    const entered = new Promise<void>((resolve) => {
      release = resolve;
    });
    let finish = (): void => undefined;
    const { agent, orchestrator } = await bothSides({
      command: () => {
        release();
        return new Promise((resolve) => (finish = () => resolve({ status: 'accepted' })));
      },
    });
    const asked = orchestrator.agents.command(aCommand());
    await entered;

    const stopped = agent.stop();
    finish();

    expect(await asked).toEqual({ status: 'accepted' });
    await stopped;
    await expect(agent.orchestrator.event(anEvent())).rejects.toMatchObject({ failure: 'closed' });
  });

  test('a handler that hangs does not keep a side from closing', async () => {
    const { agent, orchestrator } = await bothSides({ command: () => new Promise(() => undefined) });
    const asked = orchestrator.agents.command(aCommand()).catch((error: unknown) => error);
    await agent.stop();
    expect(await asked).toMatchObject({ name: 'BusError' });
  });

  test('a message about another site than the one it came from is refused', async () => {
    const behaviour = aBehaviour();
    await anAgent(ends.agent, behaviour);
    const orchestrator = await anOrchestrator(ends.orchestrator, behaviour);
    await waitFor(() => orchestrator.health().state === 'up');
    const error = await orchestrator.agents.command(aCommand({ siteId: 'site-b' })).catch((caught: unknown) => caught);
    // Over NATS nobody hears that site; over TCP the agent of another site answers.
    expect(error).toMatchObject({ failure: expect.stringMatching(/no_listener|refused/) as unknown });
    expect(SITE).not.toBe('site-b');
  });
});
