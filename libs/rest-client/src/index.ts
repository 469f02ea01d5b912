export { checkSite, type SiteFinding } from './check-site';
export { provisionSite, type SiteDescription } from './provision-site';
export { RestClient, RestError, type Problem, type RequestOptions, type StreamEvent } from './rest-client';
export { agentOnline, siteReady } from './site-ready';
