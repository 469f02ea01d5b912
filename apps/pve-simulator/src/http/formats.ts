import type { ParameterRule } from './parameters';

/** The formats of Proxmox VE parameters that this server checks, with the texts of their violations. */

const DNS_NAME = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)*[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/;
const CONFIG_ID = /^[a-zA-Z][\w-]+$/;
const BRIDGE = /^[-_.\w]+$/;

export const dnsName = (value: string) =>
  DNS_NAME.test(value) ? undefined : 'value does not look like a valid DNS name';

const configId = (value: string) => (CONFIG_ID.test(value) ? undefined : `invalid configuration ID '${value}'`);

export const bridgeId = (value: string) => (BRIDGE.test(value) ? undefined : `invalid bridge ID '${value}'`);

export const unicastMac = (value: string) =>
  /^[0-9a-f][02468ace](?::[0-9a-f]{2}){5}$/i.test(value)
    ? undefined
    : 'value does not look like a valid unicast MAC address';

export const tagList = (value: string) =>
  value.split(/[,;\s]+/).every((tag) => tag === '' || /^[a-z0-9_][a-z0-9_\-+.]*$/i.test(tag))
    ? undefined
    : 'invalid characters in tag';

const vmIdFormat = (value: string) =>
  /^[1-9]\d{2,8}$/.test(value) ? undefined : 'value does not look like a valid VM ID';

export const urlEncoded = (value: string) =>
  /^[-%a-zA-Z0-9_.!~*'()]*$/.test(value) ? undefined : `invalid urlencoded string: ${value}`;

export const text = (options: Partial<ParameterRule> = {}): ParameterRule => ({ type: 'string', ...options });
export const integer = (minimum?: number, maximum?: number): ParameterRule => ({
  type: 'integer',
  ...(minimum === undefined ? {} : { minimum }),
  ...(maximum === undefined ? {} : { maximum }),
});
export const boolean: ParameterRule = { type: 'boolean' };
export const oneOf = (...values: string[]): ParameterRule => ({ type: 'string', oneOf: values });
export const list = (options: Partial<ParameterRule> = {}): ParameterRule => ({
  type: 'string',
  list: true,
  ...options,
});
export const required = (rule: ParameterRule): ParameterRule => ({ ...rule, required: true });

/**
 * A VM id. Leading zeros are refused, so the raw text is checked, not the number.
 */
export const vmId: ParameterRule = { type: 'integer', format: vmIdFormat };
export const snapshotName: ParameterRule = { type: 'string', maxLength: 40, format: configId };
export const digest: ParameterRule = { type: 'string', maxLength: 64 };
