export { AdapterFaculty, disagreementOf } from './faculty.js';
export { type AdapterState, createAdapterPlugin } from './plugin.js';
