export * from './slots';
export * from './select-steps';
export * from './retry';
export * from './step-graph';
export * from './bound';
export * from './simulate-schedule';
export * from './estimate-ends';
export * from './measured-times';
