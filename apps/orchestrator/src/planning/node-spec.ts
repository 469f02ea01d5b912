export { nodeSpec, planNode, type NodeSpec } from '@orion/domain';
