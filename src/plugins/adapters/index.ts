export { AdapterFaculty, disagreementOf, EVERY_MS, GOAL_NEED } from './faculty.js';
export { type AdapterState, createAdapterPlugin } from './plugin.js';
