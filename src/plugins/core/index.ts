export { createCoreFaculty } from './faculty.js';
export { type CorePluginDeps, type CoreState, createCorePlugin } from './plugin.js';
