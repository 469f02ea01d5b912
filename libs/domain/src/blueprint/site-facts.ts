import type { Egress, OperatingSystem } from './normalised-blueprint';

/** What a blueprint is held against when a site is named. */
export interface SiteFacts {
  readonly templates: readonly TemplateFacts[];
  /** CIDRs that belong to the site itself. */
  readonly reservedNetworks: readonly string[];
  /** VLAN tags that are free now; absent: not known. */
  readonly vlanPoolFree?: number;
  readonly capabilities: {
    /** Kinds of egress that the site can give. */
    readonly egress: readonly Egress[];
  };
}

export interface TemplateFacts {
  readonly name: string;
  /** Absent: the catalogue does not say. */
  readonly os?: OperatingSystem;
  readonly memoryMiB?: number;
  readonly diskGiB?: number;
  /** True when the guest agent is installed. */
  readonly agent: boolean;
}
