export * from './forecast';
export * from './forecast-deploy';
export * from './forecast-warnings';
export * from './forecast-reset';
export * from './revision-differences';
export * from './forecast-apply';
export * from './apply-room';
