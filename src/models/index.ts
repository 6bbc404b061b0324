export type {
  ModelHost,
  ModelHostEvent,
  ModelHostHealth,
  ModelHostOptions,
  ModelHostState,
} from './api.js';
export type { LatencySummary } from './latency.js';
export { type HostLaunch, nodeHost } from './launch.js';
export { fileOf, type ModelFile, type ModelManifest, manifestSchema, parseManifest } from './manifest.js';
export { createModelHost } from './model-host.js';
export type { GraphHealth, ModelHealth } from './model-state.js';
export type { HostStats } from './protocol.js';
export { type Discovery, discoverManifests, modelFolder, readManifest } from './registry.js';
export { verifyModel } from './verify.js';
