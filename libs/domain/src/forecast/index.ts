export * from './forecast';
export * from './forecast-deploy';
export * from './forecast-warnings';
export * from './forecast-reset';
