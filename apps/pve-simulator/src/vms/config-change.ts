/** One update of a VM's configuration, checked and normalised. */
export interface ConfigChange {
  readonly set: Record<string, string | number>;
  readonly remove: string[];
  readonly revert: string[];
}
