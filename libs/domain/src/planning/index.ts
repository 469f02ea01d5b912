export * from './planned-step';
export * from './step-defaults';
export * from './dependency-order';
export * from './plan-deploy';
export * from './plan-destroy';
export * from './plan-power';
export * from './planners';
