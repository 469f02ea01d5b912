/**
 * While a range goes to another revision a node can have two VMs, of which one will be gone in the end. Its row is named after
 * the node with a suffix that no blueprint allows, so that everything finds the row, its steps and its VM by one name.
 */
const SEPARATOR = '~';

/** `old`: goes when the change succeeds. `new`: goes when it is taken back. */
export type Leaving = 'old' | 'new';

export function leavingName(node: string, leaving: Leaving): string {
  return `${node}${SEPARATOR}${leaving}`;
}

/** Tells whether a row's name is that of a VM that will be gone. */
export function isLeaving(name: string): boolean {
  return name.includes(SEPARATOR);
}

/** The node whose VM it is, as its mark names it. */
export function nodeNameOf(name: string): string {
  return name.split(SEPARATOR, 1)[0] as string;
}
