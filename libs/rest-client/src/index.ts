export { provisionSite, type SiteDescription } from './provision-site';
export { RestClient, RestError, type Problem, type RequestOptions, type StreamEvent } from './rest-client';
export { siteReady } from './site-ready';
