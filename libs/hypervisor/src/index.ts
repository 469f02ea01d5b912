export * from './hypervisor-error';
export * from './port';
export { createProxmoxHypervisor } from './proxmox/create-proxmox-hypervisor';
export type { ProxmoxConcurrency, ProxmoxOptions, ProxmoxPolling, ProxmoxTimeouts } from './proxmox/proxmox-options';
