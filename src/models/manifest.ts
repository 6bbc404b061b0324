import { z } from 'zod';
import { SageError } from '../contracts/errors.js';
import { TENSOR_TYPES } from '../contracts/inference.js';

/** Largest file that a manifest may name: what ONNX can hold without external data (protobuf's limit). */
export const MODEL_BYTES_MAX = 2 ** 31 - 1;

const idSchema = z
  .string()
  .max(128)
  .regex(/^[a-z0-9][a-z0-9._-]*$/, 'lower-case letters, digits, dot, dash and underscore');

/**
 * Below the manifest's own folder: no absolute path, no `..`, no backslash. Links in the file system are followed,
 * since `colcon build --symlink-install` makes them and the hash decides what is loaded anyway.
 */
const pathSchema = z
  .string()
  .max(512)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/, 'a path below the manifest folder');

const fileSchema = z.strictObject({
  path: pathSchema,
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits'),
  size_bytes: z.int().min(1).max(MODEL_BYTES_MAX),
});

/** One input or output. A dimension is a number, or a name where the graph leaves it open. */
const valueSchema = z.strictObject({
  name: z.string().min(1).max(256),
  dtype: z.enum(TENSOR_TYPES),
  shape: z.array(z.union([z.int().min(0), z.string().min(1).max(64)])).max(8),
  meaning: z.string().max(2000).optional(),
});

const graphSchema = z.strictObject({
  inputs: z.array(valueSchema).min(1).max(64),
  outputs: z.array(valueSchema).min(1).max(64),
  meaning: z.string().max(2000).optional(),
});

/** `models/<id>.json`: what a model is, which files it consists of, and what they must contain. */
export const manifestSchema = z
  .strictObject({
    manifest: z.literal(1).describe('version of this format'),
    id: idSchema,
    version: z.string().max(64).optional(),
    task: z.string().min(1).max(128).describe('what it does, e.g. segmentation-refiner'),
    description: z.string().max(4000).optional(),
    licence: z.string().min(1).max(128).describe('SPDX identifier'),
    files: z.record(idSchema, fileSchema).describe('graph name to file'),
    graphs: z.record(idSchema, graphSchema),
    classes: z.array(z.string().min(1).max(64)).max(10000).optional(),
    tags: z.array(z.string().min(1).max(64)).max(64).optional(),
    training: z.record(z.string(), z.unknown()).optional(),
    metrics: z.record(z.string(), z.unknown()).optional(),
  })
  .check((context) => {
    const { files, graphs } = context.value;
    for (const name of Object.keys(graphs)) {
      if (!Object.hasOwn(files, name)) {
        context.issues.push({
          code: 'custom',
          input: files,
          path: ['files', name],
          message: `the graph "${name}" has no file`,
        });
      }
    }
    for (const name of Object.keys(files)) {
      if (!Object.hasOwn(graphs, name)) {
        context.issues.push({
          code: 'custom',
          input: graphs,
          path: ['graphs', name],
          message: `the file "${name}" has no graph`,
        });
      }
    }
  });

export type ModelManifest = z.infer<typeof manifestSchema>;
export type ModelFile = z.infer<typeof fileSchema>;
export type GraphDeclaration = z.infer<typeof graphSchema>;
export type ValueDeclaration = z.infer<typeof valueSchema>;

/**
 * Checks a manifest that was read from `where`.
 * @throws SageError SAGE_503 with the first fields that are wrong.
 */
export function parseManifest(raw: unknown, where: string): ModelManifest {
  const result = manifestSchema.safeParse(raw);
  if (result.success) return result.data;
  const told = result.error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || '(top level)'}: ${issue.message}`);
  throw new SageError('SAGE_503', where, told.join('; '));
}
