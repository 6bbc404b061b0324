export { createLanguagePlugin } from './plugin.js';
