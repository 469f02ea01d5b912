import { busConfig } from '@orion/agent-bus';
import { defineConfig } from '@orion/runtime';

/** The variables of the agent beside those of every service; printed in `docs/reference/configuration.md`. */
export const agentConfig = defineConfig({
  ...busConfig,
  ORION_SITE_ID: {
    type: 'string',
    required: true,
    pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    expects: 'the id of a site, as POST /sites answers it',
    doc: 'The site that this agent serves.',
  },
  ORION_JOURNAL_DIR: {
    type: 'path',
    default: '.orion/journal',
    doc: 'Folder of the journal. It must outlive the process; an agent that lost it fetches what it needs first.',
  },
  ORION_PVE_URL: {
    type: 'url',
    protocols: ['https:'],
    required: true,
    doc: 'Proxmox VE API of the site, such as `https://pve1.example.net:8006`. Any host of the cluster answers for all.',
  },
  ORION_PVE_TOKEN_ID: {
    type: 'string',
    required: true,
    pattern: /^[^\s!]+@[^\s!]+![^\s!=]+$/,
    expects: 'USER@REALM!ID',
    doc: 'Id of the API token.',
  },
  ORION_PVE_TOKEN_SECRET: { type: 'string', required: true, secret: true, doc: 'Secret of the API token.' },
  ORION_PVE_CA_FILE: { type: 'path', doc: 'CA certificate (PEM) that signed the certificate of the API.' },
  ORION_PVE_FINGERPRINT: {
    type: 'string',
    pattern: /^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$/,
    expects: 'a SHA-256 fingerprint in hexadecimal',
    doc: 'SHA-256 fingerprint of the certificate of the API, where there is no CA to trust.',
  },
  ORION_PVE_POLL_FIRST: {
    type: 'duration',
    default: '50ms',
    min: '5ms',
    max: '10s',
    doc: 'How long after the beginning of a task it is looked at again; the interval grows from there.',
  },
  ORION_PVE_POLL_LONGEST: {
    type: 'duration',
    default: '1s',
    min: '5ms',
    max: '1m',
    doc: 'The longest interval between two looks at a task.',
  },
  ORION_AGENT_SLOTS: {
    type: 'integer',
    min: 1,
    max: 1_000,
    default: 64,
    doc: 'Commands that load the site at once. Waiting for a guest to boot takes no slot.',
  },
  ORION_INVENTORY_INTERVAL: {
    type: 'duration',
    default: '1m',
    min: '1s',
    max: '1h',
    doc: 'How often the whole picture of the site is reported, beside the reports after changes.',
  },
  ORION_HEALTH_HOST: { type: 'string', default: '127.0.0.1', doc: 'Address that health and metrics are served on.' },
  ORION_HEALTH_PORT: {
    type: 'port',
    default: 8082,
    doc: 'Port that health and metrics are served on; 0 takes a free one.',
  },
});
