export {
  createTestDatabase,
  testServerUrl,
  type TestDatabase,
  type TestDatabaseOptions,
} from './databases/test-database';
export { registerTestResource, type TestResource } from './jest/test-resources';
export { startLinkProxy, type LinkProxy, type Swallowed } from './links/link-proxy';
export { runToEnd, SpawnedService, spawnService, type Exit, type SpawnOptions } from './services/spawn-service';
export { patchedBuild, type Patch } from './patched-build/patch';
export { startInProcess } from './services/start-in-process';
export { startNats, startPostgres, startRedis } from './services/test-servers';
export { collectSpans, drawTree, isOneTree, type CollectedSpan, type SpanCollector } from './tracing/collect-spans';
export { FakeClock } from './waiting/fake-clock';
export { waitFor, waitUntil, WaitTimeoutError, type WaitOptions } from './waiting/wait-for';
export { temporaryDataDir } from './platform/data-dir';
export { PROFILES, startPlatform, type Platform, type Profile } from './platform/start-platform';
