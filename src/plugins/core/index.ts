export { createCoreFaculty } from './faculty.js';
export { createCorePlugin } from './plugin.js';
