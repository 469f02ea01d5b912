export * from './hypervisor-error';
export * from './port';
