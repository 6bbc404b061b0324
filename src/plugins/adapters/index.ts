export { AdapterFaculty, EVERY_MS, GOAL_NEED, RETRY_MAX_MS } from './faculty.js';
export { createAdapterPlugin, feedOf } from './plugin.js';
export { layoutOf, stridesOf } from './rows.js';
export { numbersOf } from './values.js';
