export { describeHypervisorConformance } from './describe-conformance';
export { anOperation, ConformanceVm, type ConformanceSite, type Journal } from './conformance-site';
