import type { SiteCheckSpec, SiteFinding } from '@orion/contracts';
import type { VmConfig } from '../config/vm-config';
import { volumeFeatures } from '../inventory/storage-features';
import { hasMarkTags } from '../marks/mark-tags';
import type { HostStorage } from '../inventory/list-storages';
import { failed, orPassed, warning } from './finding';

type Template = SiteCheckSpec['templates'][number];

/** A template of the catalogue with what was found under its id; undefined configuration: nothing that may be read. */
export interface FoundTemplate {
  readonly template: Template;
  readonly config: VmConfig | undefined;
  readonly host: string;
}

export function checkTemplates(found: readonly FoundTemplate[]): readonly SiteFinding[] {
  return orPassed('templates', found.flatMap(complaintsAbout), `${found.length} templates are ready to be cloned`);
}

function complaintsAbout({ template, config, host }: FoundTemplate): readonly SiteFinding[] {
  const name = `Template ${template.name} (VM ${template.vmId})`;
  const facts = { template: template.name, vmId: template.vmId, host };
  if (config === undefined)
    return [failed('templates', `${name} is not on ${template.host}, or the token may not read it`, facts)];
  if (!config.template) return [failed('templates', `${name} is a VM that was not turned into a template`, facts)];
  const complaints: SiteFinding[] = [];
  const complain = (broken: boolean, grade: typeof failed, detail: string): void => {
    if (broken) complaints.push(grade('templates', `${name} ${detail}`, facts));
  };
  const storages = config.volumes.map((volume) => volume.split(':')[0]);
  complain(host !== template.host, warning, `is on ${host}, not on ${template.host}`);
  complain(hasMarkTags(config.tags), failed, 'carries the mark of a range, which its clones would inherit');
  complain(config.volumes.length === 0, failed, 'has no disk');
  complain(
    storages.some((storage) => storage !== template.storage),
    failed,
    `has a disk outside of ${template.storage}`,
  );
  complain(!config.agentEnabled, warning, 'has no guest agent configured, so readiness cannot be told from it');
  complain(
    !config.hasCloudInitDrive,
    warning,
    'has no cloud-init drive, so its clones are given no addresses, user or keys',
  );
  return complaints;
}

/** What the storages of the templates can do on each host. */
export function checkStorages(
  found: readonly FoundTemplate[],
  storages: readonly HostStorage[],
): readonly SiteFinding[] {
  const complaints = found.flatMap(({ template, config, host }) => {
    const storage = storages.find((candidate) => candidate.name === template.storage && candidate.host === host);
    const facts = { storage: template.storage, host, template: template.name };
    const name = `Storage ${template.storage} on ${host}`;
    if (storage === undefined)
      return [failed('storages', `${name} is missing, inactive, or not open to the token`, facts)];
    const abilities = (config?.volumes ?? []).map((volume) => volumeFeatures(storage.type, volume));
    return [
      ...(abilities.every(({ linkedClones }) => linkedClones)
        ? []
        : [
            warning(
              'storages',
              `${name} (${storage.type}) cannot make linked clones of ${template.name}: they are full copies`,
              facts,
            ),
          ]),
      ...(abilities.every(({ snapshots }) => snapshots)
        ? []
        : [failed('storages', `${name} (${storage.type}) cannot take snapshots of clones of ${template.name}`, facts)]),
      ...(abilities.some(({ newestOnly }) => newestOnly)
        ? [warning('storages', `${name} (${storage.type}) rolls back to the newest snapshot only`, facts)]
        : []),
    ];
  });
  return orPassed('storages', complaints, 'The storages can take snapshots');
}
