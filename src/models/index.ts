export type {
  ModelHost,
  ModelHostEvent,
  ModelHostHealth,
  ModelHostOptions,
  ModelHostState,
} from './api.js';
export {
  BLOCK_TYPES,
  type BlockType,
  type CapabilityBlock,
  createPerceptionBlock,
  type Perceiver,
  perceiverOf,
  requireGraphs,
} from './blocks/perception.js';
export { graphLoad, isRows, type LoadedFile } from './graph-load.js';
export { externalFilesOf } from './host/onnx-scan.js';
export type { LatencySummary } from './latency.js';
export { type HostLaunch, hostLaunch, hostRemedy, nodeHost, providerOptions, pythonHost } from './launch.js';
export { createModelManager } from './manager/manager.js';
export { estimateMb } from './manager/memory.js';
export type {
  Budget,
  Complexity,
  Demand,
  ModelEvent,
  ModelManager,
  ModelManagerOptions,
  ModelStanding,
} from './manager/types.js';
export {
  bytesOfAll,
  DATA_FILES_MAX,
  fileOf,
  type GraphDeclaration,
  inPrecision,
  MODEL_BYTES_MAX,
  type ModelFile,
  type ModelManifest,
  manifestSchema,
  modalitiesOf,
  parseManifest,
} from './manifest.js';
export { createModelHost } from './model-host.js';
export type { GraphHealth, ModelHealth } from './model-state.js';
export { foreignFormat, metadataOf } from './onnx-metadata.js';
export { keepProbe, type Probe, probeFile, probeKey, probeLoaded, probeModel, readProbes } from './probe.js';
export type { HostStats, LoadedGraph } from './protocol.js';
export { type Pulled, type PullProgress, pullModel } from './pull.js';
export { type Discovery, discoverManifests, modelFolder, noManifest, readManifest } from './registry.js';
export { ModelTrial } from './trial.js';
export { fingerprint, verifyModel } from './verify.js';
