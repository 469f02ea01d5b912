export { describeHypervisorConformance } from './describe-conformance';
export { anOperation, ConformanceVm, type ConformanceSite } from './conformance-site';
