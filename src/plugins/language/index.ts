export { createLanguagePlugin, type LanguagePluginDeps, type LanguageState } from './plugin.js';
