/** Input modalities of models; a manifest says which input takes which. */
export const MODALITIES = ['vision', 'audio', 'text'] as const;
export type Modality = (typeof MODALITIES)[number];
