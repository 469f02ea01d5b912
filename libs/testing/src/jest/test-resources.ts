/** Something that a test file holds and that ends with it: a database, a server, a child process. */
export interface TestResource {
  /** Called once, after all hooks of the file, when a test or hook of the file has failed; before `dispose`. */
  onFailure?(): void | Promise<void>;
  /** Called once, after all hooks of the file; the last registered first. */
  dispose(outcome: { readonly failed: boolean }): void | Promise<void>;
}

declare global {
  var orionTestResources: TestResource[] | undefined;
}

/** Hands a resource to the test environment, which ends it with the file. May be called in tests and in hooks. */
export function registerTestResource(resource: TestResource): void {
  if (!globalThis.orionTestResources) {
    throw new Error('Test resources need the test environment of this repository (see jest.config.js).');
  }
  globalThis.orionTestResources.push(resource);
}
