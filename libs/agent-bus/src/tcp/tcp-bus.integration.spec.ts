import { connect } from 'node:net';
import { freePort } from '@orion/runtime';
import { waitFor } from '@orion/testing';
import { aBehaviour, aCommand, anAgent, anOrchestrator } from '../bus.fixture';
import type { TcpBusOptions } from '../bus-options';

const token = 'a token for this test';

async function ports() {
  const [port, peerPort] = [await freePort(), await freePort()];
  const times = { requestTimeoutMs: 1_000, closeTimeoutMs: 500 };
  const agent: TcpBusOptions = { transport: 'tcp', port, peerPort, token, ...times };
  const orchestrator: TcpBusOptions = { transport: 'tcp', port: peerPort, peerPort: port, token, ...times };
  return { agent, orchestrator };
}

describe('the agent bus over TCP', () => {
  test('a request without the token of the bus is refused', async () => {
    const options = await ports();
    await anAgent(options.agent, aBehaviour());
    const stranger = await anOrchestrator({ ...options.orchestrator, token: 'another token of a test' }, aBehaviour());
    await expect(stranger.agents.command(aCommand())).rejects.toMatchObject({
      failure: 'refused',
      code: 'auth.forbidden',
    });
  });

  test('a command for a site that the agent does not serve is refused', async () => {
    const options = await ports();
    await anAgent(options.agent, aBehaviour());
    const orchestrator = await anOrchestrator(options.orchestrator, aBehaviour());
    await expect(orchestrator.agents.command(aCommand({ siteId: 'site-b' }))).rejects.toMatchObject({
      code: 'auth.forbidden',
    });
  });

  test('an agent that restarts is found again', async () => {
    const options = await ports();
    const first = await anAgent(options.agent, aBehaviour());
    const orchestrator = await anOrchestrator(options.orchestrator, aBehaviour());
    await orchestrator.agents.command(aCommand());
    await first.stop();
    await expect(orchestrator.agents.command(aCommand())).rejects.toMatchObject({ retryable: true });

    await anAgent(options.agent, aBehaviour());

    expect(await waitFor(() => orchestrator.agents.command(aCommand()))).toEqual({ status: 'accepted' });
  });

  test('bytes that are no message do no harm', async () => {
    const options = await ports();
    await anAgent(options.agent, aBehaviour());
    const orchestrator = await anOrchestrator(options.orchestrator, aBehaviour());
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n#', '5#null5', '17#{"pattern":[[[1]]]}', '4#[[[[']) {
      await new Promise<void>((resolve) => {
        const socket = connect(options.agent.port, '127.0.0.1', () => socket.end(bytes));
        socket.on('close', () => resolve()).on('error', () => resolve());
        socket.resume();
      });
    }
    expect(await orchestrator.agents.command(aCommand())).toEqual({ status: 'accepted' });
  });
});
