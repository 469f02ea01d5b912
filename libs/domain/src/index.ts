export * from './errors';
export * from './access/permissions';
export * from './jobs/job';
export * from './jobs/step';
export * from './ranges/range';
