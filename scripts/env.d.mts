/** Types of env.mjs, for the tests that start processes in SAGE's ROS environment. */

export type RosMode = 'sourced' | 'wheels';

/** The repository's root folder, absolute. */
export const projectRoot: string;

export function rosMode(base?: NodeJS.ProcessEnv): RosMode;

export function rosPaths(root?: string): {
  readonly ros: string;
  readonly prefix: string;
  readonly install: string;
  readonly envScript: string;
  readonly python: string;
  readonly sitePackages: string;
};

export function rosEnvironment(options?: {
  readonly root?: string;
  readonly base?: NodeJS.ProcessEnv;
  readonly mode?: RosMode;
}): NodeJS.ProcessEnv;

export function environmentScript(options: { readonly root?: string; readonly mode: RosMode }): string;
