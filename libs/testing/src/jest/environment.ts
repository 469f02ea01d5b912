import type { EnvironmentContext, JestEnvironmentConfig } from '@jest/environment';
import type { Circus } from '@jest/types';
import { TestEnvironment } from 'jest-environment-node';
import { currentHoldings, findLeaks, type Holdings } from './leaks';
import type { TestResource } from './test-resources';

/**
 * The environment of every test file: ends what the file registered, keeps the evidence when a test failed, and fails the
 * file when it leaves a child process, a listening or connected socket or a worker behind.
 */
export default class OrionTestEnvironment extends TestEnvironment {
  private readonly resources: TestResource[] = [];
  private readonly file: string;
  private failed = false;
  private before: Holdings | undefined;

  constructor(config: JestEnvironmentConfig, context: EnvironmentContext) {
    super(config, context);
    this.file = context.testPath;
  }

  override async setup(): Promise<void> {
    await super.setup();
    this.global['orionTestResources'] = this.resources;
    this.before = currentHoldings();
  }

  async handleTestEvent(event: Circus.Event): Promise<void> {
    if (event.name === 'hook_failure') this.failed = true;
    if (event.name === 'test_done' && event.test.errors.length > 0) this.failed = true;
    if (event.name === 'run_finish') await this.endResources();
  }

  override async teardown(): Promise<void> {
    await this.endResources();
    const leaks = this.before ? await findLeaks(this.before) : [];
    await super.teardown();
    if (leaks.length === 0) return;
    const message = `${this.file} left behind:\n${leaks.map((leak) => `  - ${leak}`).join('\n')}`;
    // An error from here replaces the outcome of the file's tests, so it must not hide one that failed.
    if (!this.failed) throw new Error(message);
    process.stderr.write(`${message}\n`);
  }

  private async endResources(): Promise<void> {
    const resources = this.resources.splice(0).reverse();
    if (this.failed) for (const resource of resources) await resource.onFailure?.();
    for (const resource of resources) await resource.dispose({ failed: this.failed });
  }
}
