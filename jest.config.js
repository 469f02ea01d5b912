/**
 * Three projects: `unit` does no I/O, `integration` talks to real services, `e2e` talks REST to whole installations.
 * Call one alone with `npx jest --selectProjects unit`.
 */
process.env.ORION_LOG_LEVEL ??= 'silent';

const swc = [
  '@swc/jest',
  {
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      keepClassNames: true,
    },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];

const base = {
  testEnvironment: '<rootDir>/libs/testing/src/jest/environment.ts',
  testEnvironmentOptions: { globalsCleanup: 'on' },
  transform: {
    '^.+\\.ts$': swc,
    // It loads `http` by import(), which Jest cannot do under CommonJS; compiled, it is require().
    '/@opentelemetry/otlp-exporter-base/.+\\.js$': swc,
  },
  // Sources, not `dist`: a test always sees what was just written.
  moduleNameMapper: {
    '^@orion/(domain|contracts|runtime|persistence|job-queue|agent-bus|hypervisor|rest-client|testing)$':
      '<rootDir>/libs/$1/src/index.ts',
    '^@orion/(orchestrator|hypervisor-agent)$': '<rootDir>/apps/$1/src/index.ts',
  },
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/', '<rootDir>/.orion/'],
  transformIgnorePatterns: ['/node_modules/(?!@opentelemetry/otlp-exporter-base/)'],
  setupFiles: ['reflect-metadata'],
};

const withServices = {
  ...base,
  globalSetup: '<rootDir>/libs/testing/src/jest/global-setup.ts',
  globalTeardown: '<rootDir>/libs/testing/src/jest/global-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/libs/testing/src/jest/patience.ts'],
};

module.exports = {
  // Tests with services wait much of the time: two cores carry three of them.
  maxWorkers: 3,
  // A worker keeps what modules of earlier files left behind, and works ever more slowly; one that has grown is replaced.
  workerIdleMemoryLimit: '400MB',
  testSequencer: '<rootDir>/scripts/slowest-first-sequencer.cjs',
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,libs,bench,chaos}/**/*.spec.ts', '<rootDir>/scripts/**/*.spec.ts'],
      testPathIgnorePatterns: [...base.testPathIgnorePatterns, '\\.integration\\.spec\\.ts$'],
    },
    { ...withServices, displayName: 'integration', testMatch: ['<rootDir>/{apps,libs}/**/*.integration.spec.ts'] },
    { ...withServices, displayName: 'e2e', testMatch: ['<rootDir>/e2e/**/*.spec.ts'] },
  ],
};
