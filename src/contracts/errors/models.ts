import type { CatalogueEntry } from './entry.js';

/** 5xx: models. */
export const MODELS_ERRORS = {
  SAGE_501: { title: 'model file missing', hint: 'restore the file named in the manifest' },
  SAGE_502: { title: 'model file altered', hint: 'restore the file; its sha256 differs from the manifest' },
  SAGE_503: { title: 'model manifest invalid', hint: 'correct this field' },
  SAGE_504: {
    title: 'model host died',
    hint: 'a running node restarts it; if this persists, see the log',
  },
  SAGE_505: { title: 'model run failed', hint: 'see the runtime message' },
  SAGE_506: {
    title: 'model host timed out',
    hint: 'a running node replaces it; if this persists, reduce the load',
  },
  SAGE_507: { title: 'model output not finite', hint: 'check the model and its input' },
  SAGE_508: {
    title: 'model shapes do not match',
    hint: "make the graph's inputs and outputs match its manifest",
  },
  SAGE_509: {
    title: 'model host overloaded',
    hint: 'send fewer requests, or raise models.queue_max or models.slots_max',
  },
  SAGE_510: {
    title: 'model failed to load',
    hint: 'see the runtime message, and check the model file',
  },
  SAGE_511: { title: 'model state lost', hint: 'none needed: the refinement restarts with the next input' },
  SAGE_512: { title: 'unknown model', hint: 'add its manifest to models.folder, or correct the id' },
  SAGE_513: {
    title: 'model does not fit the memory budget',
    hint: 'raise models.ram_mb_max or models.gpu_mb_max, unload or unpin another model, or use a smaller one',
  },
  SAGE_514: {
    title: 'model host over its memory limit',
    hint: 'a running node replaces it; raise models.host_mb_max if the model needs this much',
  },
  SAGE_515: {
    title: 'models are not interchangeable',
    hint: 'swap only between models with the same graphs, inputs and outputs',
  },
  SAGE_516: {
    title: 'model download failed',
    hint: 'run sage models pull again to resume; check url and sha256 in the manifest',
  },
  SAGE_517: {
    title: 'model not usable as a plugin',
    hint: "change the options of sage models add, or the manifest's adapter; see docs/bring-your-own-model.md",
  },
} as const satisfies Record<string, CatalogueEntry>;
