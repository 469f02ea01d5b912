/**
 * Runs `work` with what the launchers of @orion/testing need: a list of what they have started. Everything in it is ended
 * afterwards, the last first, also when `work` fails.
 */
export async function withResources<T>(work: () => Promise<T>): Promise<T> {
  const resources: NonNullable<typeof globalThis.orionTestResources> = [];
  globalThis.orionTestResources = resources;
  let failed = true;
  try {
    const result = await work();
    failed = false;
    return result;
  } finally {
    for (const resource of resources.reverse()) {
      if (failed) await resource.onFailure?.();
      await resource.dispose({ failed });
    }
    globalThis.orionTestResources = undefined;
  }
}
