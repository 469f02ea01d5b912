import type { BlueprintView } from '../blueprint-view';
import type { Finding } from '../problems';

/** Tells what it finds wrong, each mistake once. Passes over parts that are malformed. Linear in the document. */
export type Rule = (view: BlueprintView) => Iterable<Finding>;
