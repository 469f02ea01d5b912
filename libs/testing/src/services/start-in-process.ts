import type { Clock, RunningService, Service } from '@orion/runtime';
import { registerTestResource } from '../jest/test-resources';

/** Starts a service inside the test's process; it is stopped at the end of the file at the latest. */
export async function startInProcess(
  service: Service,
  env: Readonly<Record<string, string>>,
  overrides?: { readonly clock?: Clock },
): Promise<RunningService> {
  const running = await service.start({ ORION_LOG_LEVEL: process.env['ORION_LOG_LEVEL'], ...env }, overrides);
  registerTestResource({
    dispose: async () => {
      await running.stop();
    },
  });
  return running;
}
