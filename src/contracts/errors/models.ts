import type { CatalogueEntry } from './entry.js';

/** 5xx: models. */
export const MODELS_ERRORS = {
  SAGE_501: { title: 'model file missing', hint: 'restore the file that the manifest names' },
  SAGE_502: { title: 'model file altered', hint: 'restore the file: its sha256 differs from the manifest' },
  SAGE_503: { title: 'model manifest invalid', hint: 'correct the field named' },
  SAGE_504: {
    title: 'model host died',
    hint: 'a running node starts it again by itself; see the log if it goes on',
  },
  SAGE_505: { title: 'model run failed', hint: 'see the message of the runtime' },
  SAGE_506: {
    title: 'model host did not answer in time',
    hint: 'a running node replaces it by itself; lower the load if it goes on',
  },
  SAGE_507: { title: 'model output not finite', hint: 'check the model and its input' },
  SAGE_508: {
    title: 'model shapes do not fit',
    hint: 'the graph must have the inputs and outputs of its manifest',
  },
  SAGE_509: {
    title: 'model host has too much to do',
    hint: 'ask less often, or raise models.queue_max or models.slots_max',
  },
  SAGE_510: {
    title: 'model could not be loaded',
    hint: 'see the message of the runtime; check the model file',
  },
  SAGE_511: { title: 'model state lost', hint: 'the refinement begins anew with the next input' },
  SAGE_512: { title: 'model unknown', hint: 'put its manifest into models.folder, or correct the id' },
  SAGE_513: {
    title: 'model does not fit into the budget',
    hint: 'raise models.ram_mb_max or models.gpu_mb_max, unload or unpin another model, or use a smaller one',
  },
  SAGE_514: {
    title: 'model host over its memory ceiling',
    hint: 'a running node replaces it by itself; raise models.host_mb_max if the model needs this much',
  },
  SAGE_515: {
    title: 'models cannot stand in for each other',
    hint: 'swap only between models with the same graphs, inputs and outputs',
  },
  SAGE_516: {
    title: 'model download failed',
    hint: 'run sage models pull again: it goes on where it stopped; check url and sha256 of the manifest',
  },
  SAGE_517: {
    title: 'model cannot become a plugin',
    hint: 'give sage models add other options, or correct the adapter of the manifest; see docs/bring-your-own-model.md',
  },
} as const satisfies Record<string, CatalogueEntry>;
