/**
 * Who may import whom. The paths are those of the sources: `@orion/<lib>` resolves to the folder of the workspace.
 */
module.exports = {
  forbidden: [
    {
      name: 'domain-imports-nothing',
      comment: 'Rules stay pure and testable without anything else: time and randomness are arguments.',
      severity: 'error',
      from: { path: '^libs/domain/src/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^libs/domain/src/' },
    },
    {
      name: 'apps-never-meet',
      comment: 'Processes talk over the bus, the queue and the database; all-in-one alone composes them.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: '^apps/all-in-one/' },
      to: { path: '^apps/([^/]+)/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libs-never-import-apps',
      comment: 'A library that knows its callers cannot serve another one.',
      severity: 'error',
      from: { path: '^libs/', pathNot: '^libs/testing/|^libs/hypervisor/conformance-runs/|\\.spec\\.ts$' },
      to: { path: '^apps/' },
    },
    {
      name: 'enter-a-lib-by-its-index',
      comment: 'What the index does not export may change at any time.',
      severity: 'error',
      from: { path: '^(apps|libs|e2e|bench|chaos)/([^/]+)/' },
      to: { path: '^libs/([^/]+)/(src|dist)/', pathNot: ['^libs/[^/]+/(src|dist)/index\\.(ts|js|d\\.ts)$', '^$1/$2/'] },
    },
    {
      name: 'agent-holds-no-database-or-queue',
      comment: 'The agent stands beyond the trust boundary; it must not even have the code to reach the truth.',
      severity: 'error',
      from: { path: '^apps/hypervisor-agent/', pathNot: '\\.spec\\.ts$|\\.fixture\\.ts$' },
      to: { path: '^libs/(persistence|job-queue)/|node_modules/(pg|typeorm|bullmq|ioredis)/' },
    },
    {
      name: 'only-the-agent-loads-an-adapter',
      comment: 'Hypervisor credentials and words live in one process; the others know commands.',
      severity: 'error',
      from: {
        path: '^(apps|libs)/',
        pathNot: '^apps/(hypervisor-agent|all-in-one)/|^libs/(hypervisor|testing)/|\\.spec\\.ts$',
      },
      to: { path: '^libs/hypervisor/' },
    },
    {
      name: 'production-never-imports-testing',
      comment: 'Builders and launchers of tests must not ship.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^libs/testing/|\\.(spec|fixture|builders)\\.ts$|/conformance' },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'simulator-shares-nothing-with-the-adapter',
      comment: "A simulator that shares the adapter's understanding of Proxmox VE would share its mistakes.",
      severity: 'error',
      from: { path: '^apps/pve-simulator/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^libs/(hypervisor|persistence|job-queue|agent-bus|contracts|domain)/' },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or lack a third.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/dist/'] },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.boundaries.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
