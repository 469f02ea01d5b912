export type Severity = 'error' | 'warning';

interface ProblemKind {
  readonly title: string;
  /** What to do about it, when the place of the problem gives nothing better. */
  readonly hint: string;
  readonly severity: Severity;
}

const error = <const T extends string, const H extends string>(title: T, hint: H) =>
  ({ title, hint, severity: 'error' }) as const;
const warning = <const T extends string, const H extends string>(title: T, hint: H) =>
  ({ title, hint, severity: 'warning' }) as const;

/**
 * Every problem that a blueprint can have, by its stable code. Codes are API: they are added, never renamed. Warnings do not
 * make a document invalid. `docs/reference/problems.md` documents each one; a test compares the two.
 */
export const PROBLEMS = {
  'document.empty': error('The document is empty', 'Begin with `schemaVersion: 1`.'),
  'document.not_utf8': error('The document is not UTF-8', 'Save the file as UTF-8.'),
  'document.control_character': error('The document holds a control character', 'Remove it, or write it as an escape.'),
  'document.not_a_mapping': error('The document is not a mapping', 'The top level must hold fields such as `name`.'),
  'document.too_deep': error('The document is nested too deeply', 'A blueprint needs at most 6 levels; 64 are read.'),
  'document.too_large': error('The document holds too many values', 'Use `count` for nodes that are alike.'),
  'document.too_expensive': error('The document takes too long to check', 'Make it smaller, or plainer.'),
  'blueprint.syntax': error('The document is not well-formed', 'Correct the syntax at this place.'),
  'key.duplicate': error('A key occurs twice in one mapping', 'Remove one of the two.'),
  'key.not_text': error('A key is not text', 'Keys are plain or quoted text.'),
  'key.forbidden': error('A key has a name that is not accepted', 'Use another name.'),
  'number.not_finite': error('A number is out of range or not a number', 'Write a finite decimal number.'),
  'number.not_decimal': error('A number is not plainly decimal', 'Write it in decimal; quote it if it is text.'),
  'yaml.alias_bomb': error('Aliases expand to too much', 'Use `count` for nodes that are alike.'),
  'yaml.alias_cycle': error('An alias lies within what it stands for', 'Write the value out.'),
  'yaml.alias_unknown': error('An alias names no anchor', 'Anchors (`&name`) come before their aliases (`*name`).'),
  'yaml.directive': error('Directives are not supported', 'Remove the line; YAML 1.2 is assumed.'),
  'yaml.merge_key': error('Merge keys are not supported', 'Write the fields out; `<<` is not part of YAML 1.2.'),
  'yaml.multiple_documents': error('The text holds several documents', 'Send one blueprint at a time.'),
  'yaml.tag': error('Tags are not supported', 'Remove the tag; quote the value if it is text.'),
  'schema.version_unsupported': error('The schema version is not supported', 'Use a supported version.'),
  'field.unknown': error('There is no such field', 'Remove it, or correct its spelling.'),
  'field.missing': error('A required field is missing', 'Add it.'),
  'field.type': error('The value is of the wrong type', 'Change the value to the type that is asked for.'),
  'field.bounds': error('The value is too small, too large or too long', 'Stay within the bounds.'),
  'field.pattern': error('The text does not have the form that is asked for', 'Correct the text.'),
  'field.choice': error('The value is not one of the choices', 'Take one of the choices.'),
  'field.key': error('The key does not have the form that is asked for', 'Correct the key.'),
  'limit.nodes': error('The blueprint has too many nodes', 'Split it into several blueprints.'),
  'limit.dependencies': error(
    'The blueprint has too many dependencies',
    'Depend on one node in place of a whole group.',
  ),
  'name.too_long': error('The name is too long once numbered', 'Shorten the name, so that the number fits.'),
  'name.too_long_for_windows': error('The name is too long for Windows', 'Windows names have at most 15 characters.'),
  'name.only_digits': error('A Windows name may not consist of digits alone', 'Add a letter.'),
  'network.duplicate_name': error('Two networks have the same name', 'Rename one; case makes no difference.'),
  'network.cidr_invalid': error('The CIDR is not valid', 'Write it like `10.20.0.0/24`.'),
  'network.ipv6_unsupported': error('IPv6 is not supported', 'Use an IPv4 network.'),
  'network.host_bits_set': error('The CIDR has host bits set', 'Use the address of the network itself.'),
  'network.prefix_unsupported': error('The prefix length is not supported', 'Use a prefix from /8 to /30.'),
  'network.special_range': error('The network lies in a special range', 'Use a private range such as 10.0.0.0/8.'),
  'network.public_range': warning('The network lies in the public address space', 'A private range is safer.'),
  'network.overlap': error('Two networks overlap', 'Choose ranges that do not overlap.'),
  'network.overlaps_reserved': error('The network overlaps one that the site reserves', 'Choose another range.'),
  'network.too_small': error('The network is too small for its nodes', 'Use a shorter prefix, or fewer nodes.'),
  'network.unused': warning('No interface hangs on the network', 'Remove it, or connect a node.'),
  'network.unknown': error('There is no such network', 'Name one of the networks of the blueprint.'),
  'network.egress_unsupported': error('The site cannot give this egress', 'Choose another site, or `egress: none`.'),
  'network.pool_low': warning('The site has fewer free networks than needed', 'Destroy a range, or wait.'),
  'gateway.invalid': error('The gateway is not an IPv4 address', 'Write it like `10.20.0.1`.'),
  'gateway.outside_network': error('The gateway lies outside its network', 'Use an address of the network.'),
  'gateway.reserved': error('The gateway is the network or broadcast address', 'Use another address of the network.'),
  'gateway.unowned': error('No node has the address of the gateway', 'Give it to a node, or set `egress`.'),
  'gateway.several_owners': error('Several nodes have the address of the gateway', 'Leave it to one of them.'),
  'gateway.owned_by_site': error('A node has the address of a gateway that is the site’s', 'Use another address.'),
  'address.invalid': error('The address is not an IPv4 address', 'Write it like `10.20.0.10`, without a prefix.'),
  'address.ipv6_unsupported': error('IPv6 is not supported', 'Use an IPv4 address.'),
  'address.outside_network': error('The address lies outside its network', 'Use an address of the network.'),
  'address.reserved': error('The address is the network or broadcast address', 'Use another address of the network.'),
  'address.duplicate': error('Two interfaces have the same address', 'Change one of the two.'),
  'address.with_count': error('Several nodes cannot share one address', 'Remove the address: one is assigned to each.'),
  'mac.duplicate': error('Two interfaces have the same MAC address', 'Change one of the two.'),
  'mac.multicast': error('The MAC address is a group address', 'The first octet must be even.'),
  'mac.with_count': error('Several nodes cannot share one MAC address', 'Remove it: one is assigned to each.'),
  'node.duplicate_name': error('Two nodes have the same name', 'Rename one; case makes no difference.'),
  'node.expanded_name_taken': error('A numbered node has the name of another node', 'Rename one of the two.'),
  'node.no_interface': error('The node has no interface', 'Add one, or say `isolated: true`.'),
  'node.isolated_with_interfaces': error('An isolated node has interfaces', 'Remove them, or `isolated`.'),
  'interface.same_network': warning('Two interfaces of a node hang on one network', 'One is nearly always enough.'),
  'dependency.unknown': error('There is no such node to depend on', 'Name a node of the blueprint.'),
  'dependency.self': error('The node depends on itself', 'Remove the dependency.'),
  'dependency.duplicate': warning('A dependency is named twice', 'Remove one of the two.'),
  'dependency.cycle': error('Nodes depend on each other in a circle', 'Remove one of the dependencies.'),
  'probe.duplicate_name': error('Two probes of a node have the same name', 'Rename one; case makes no difference.'),
  'probe.not_one_check': error('The probe does not have exactly one check', 'Give it either `exec` or `tcp`.'),
  'probe.no_agent': error(
    'The probe needs a guest agent',
    'Set `readiness.guestAgent: true` on the node that runs it.',
  ),
  'probe.pattern_invalid': error(
    'The pattern is not a regular expression',
    'Correct it; escape what is meant as it is.',
  ),
  'probe.pattern_dangerous': error('The pattern could take too long', 'Write it plainer, or repeat single parts only.'),
  'probe.from_unknown': error('There is no such node to connect from', 'Name a node of the blueprint.'),
  'probe.from_group': error('A group cannot connect', 'Name one of its nodes, such as `ws-1`.'),
  'probe.from_self': error('The node would connect to itself', 'Name another node.'),
  'probe.no_interface': error('A node without an interface cannot be connected', 'Add an interface, or use `exec`.'),
  'probe.no_shared_network': warning('The two nodes share no network', 'It works only if a node routes between them.'),
  'template.unknown': error('The site has no such template', 'Name a template of the site.'),
  'template.os_mismatch': error('The template runs another operating system', 'Correct `os` or `template`.'),
  'template.os_undeclared': warning('The template does not run Linux, which is assumed', 'Declare `os`.'),
  'template.disk_too_small': error('The disk is smaller than the template’s', 'Disks can grow, not shrink.'),
  'template.memory_low': warning('The node has less memory than its template', 'It may not boot.'),
  'template.no_agent': error('The template has no guest agent to wait for', 'Set `readiness.guestAgent: false`.'),
  'cloud_init.key_malformed': error('The SSH key is not a public key', 'Paste one line of a `.pub` file.'),
  'cloud_init.private_key': error(
    'The text is a private key',
    'Never share it; make a new pair and paste the `.pub` file.',
  ),
  'cloud_init.duplicate_key': warning('An SSH key is listed twice', 'Remove one of the two.'),
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Where in a document: keys and indices from the root. */
export type Path = readonly (string | number)[];

/** What a rule says. The catalogue gives the severity, and the hint when there is none here. */
export interface Finding {
  readonly code: ProblemCode;
  readonly path: Path;
  /** One sentence that names what is wrong. */
  readonly message: string;
  readonly hint?: string;
}

/** A problem as clients read it. */
export interface BlueprintProblem {
  readonly code: ProblemCode;
  readonly severity: Severity;
  /** RFC 6901 JSON pointer into the document as it was sent. */
  readonly pointer: string;
  readonly message: string;
  readonly hint: string;
  /** From 1. */
  readonly line?: number;
  /** From 1, in UTF-16 units as editors count. */
  readonly column?: number;
}
