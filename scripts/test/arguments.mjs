/** What is asked of `npm test`. */
import { existsSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** @typedef {{ id: string, title: string, limit_ms: number, words: string[] }} Check */
/** @typedef {{ id: string, title: string, limit_ms: number, files: string[], jobs: number }} Group */

/** A request that cannot be understood; the message says which word of it. */
export class UsageError extends Error {}

/** @param {{ checks: Check[], groups: Group[] }} all */
export function usage({ checks, groups }) {
  const row = (name, text) => `  ${name.padEnd(22)} ${text}`;
  return [
    'Usage: npm test [-- PART|FILE|FOLDER...] [--grep TEXT] [--times]',
    '',
    'Sets up what is missing, then runs all checks and tests, or only those named:',
    ...checks.map(({ id, title }) => row(id, title)),
    ...groups.map(({ id, title, files }) => row(id, `${title}, ${files.length} files`)),
    row('test/...', 'one file of tests, or a folder of them'),
    '',
    row('--grep TEXT', 'only tests whose name has TEXT in it'),
    row('--times', 'ends with the files that took most of the CPU'),
    '',
    'Examples: npm test -- lint types        npm test -- test/kernel        npm test -- unit --times',
    'The exit code is 0 only when nothing failed.',
  ].join('\n');
}

/** The files of a group that a path names: itself, or what is below it. */
function below(root, path, files) {
  const name = relative(root, resolve(root, path));
  return files.filter((file) => file === name || file.startsWith(`${name}/`));
}

/**
 * @param {string} root the repository
 * @param {string[]} words after the command
 * @param {{ checks: Check[], groups: Group[] }} all
 * @returns {{ checks: Check[], groups: Group[], grep: string | undefined, times: boolean, help: boolean }}
 * @throws {UsageError}
 */
export function readArguments(root, words, { checks, groups }) {
  const { values, positionals } = parsed(words);
  const ids = [...checks, ...groups].map(({ id }) => id);
  const paths = positionals.filter((name) => !ids.includes(name));
  for (const path of paths) {
    if (groups.some(({ files }) => below(root, path, files).length > 0)) continue;
    const there = existsSync(join(root, path)) && statSync(join(root, path)).isDirectory();
    const problem = there ? 'has no tests below it' : 'is neither a part nor a file or folder of tests';
    throw new UsageError(`${path} ${problem}; npm test -- --help lists the parts`);
  }
  const all = positionals.length === 0;
  const asked = ({ id }) => positionals.includes(id);
  return {
    checks: checks.filter((check) => (all && values.grep === undefined) || asked(check)),
    groups: groups
      .map((group) => {
        const named = new Set(paths.flatMap((path) => below(root, path, group.files)));
        return all || asked(group)
          ? group
          : { ...group, files: group.files.filter((file) => named.has(file)) };
      })
      .filter(({ files }) => files.length > 0),
    grep: values.grep,
    times: values.times === true,
    help: values.help === true,
  };
}

function parsed(words) {
  try {
    return parseArgs({
      args: words,
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        grep: { type: 'string' },
        times: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError(`${error.message.replace(/\. .*/s, '')}; npm test -- --help says what there is`);
  }
}
