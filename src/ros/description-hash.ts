import { createHash } from 'node:crypto';

/** sha256 of the text of a robot description, hex. */
export const descriptionHash = (urdf: string): string => createHash('sha256').update(urdf).digest('hex');
