/** A group of tests, run by Mocha: its files side by side, compiled. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compiledPath } from './compile.mjs';
import { execute } from './execute.mjs';

/** @typedef {import('./arguments.mjs').Group} Group */
/** @typedef {{ title: string, file: string, repeat: string }} Failure */
/** @typedef {{ passed: number, failed: Failure[], skipped: { title: string, reason: string }[],
 *   cpu: { file: string, cpu_ms: number }[] }} Outcome */

/** The settings of `.mocharc.json`, but for those with which files are compiled as they are loaded. */
function settings(root) {
  const { timeout, forbidOnly, checkLeaks } = JSON.parse(readFileSync(join(root, '.mocharc.json'), 'utf8'));
  return [
    '--no-config',
    '--timeout',
    String(timeout),
    ...(forbidOnly ? ['--forbid-only'] : []),
    ...(checkLeaks ? ['--check-leaks'] : []),
    '--require',
    join(root, compiledPath('test/property-seed.ts')),
  ];
}

/** @returns {string[]} */
function mochaWords(root, { files, jobs }, { output, grep }) {
  return [
    process.execPath,
    join(root, 'node_modules', 'mocha', 'bin', 'mocha.js'),
    ...settings(root),
    '--parallel',
    '--jobs',
    String(Math.max(2, jobs)), // with one, Mocha runs the files itself, and the reporter is made for workers
    '--reporter',
    join(root, 'scripts', 'test', 'reporter.cjs'),
    '--reporter-option',
    `output=${output},files=${files.length}`,
    ...(grep === undefined ? [] : ['--fgrep', grep]),
    ...files.map((file) => join(root, compiledPath(file))),
  ];
}

/** What Mocha's reporter wrote down, summed; nothing where it did not come that far. */
export function readOutcome(path) {
  /** @type {Outcome} */
  const sum = { passed: 0, failed: [], skipped: [], cpu: [] };
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  for (const line of lines) {
    const { file, cpu_ms, passed, failed, skipped } = JSON.parse(line);
    sum.passed += passed;
    sum.failed.push(...failed);
    sum.skipped.push(...skipped);
    sum.cpu.push({ file, cpu_ms: cpu_ms ?? 0 });
  }
  return sum;
}

/**
 * @param {string} root the repository
 * @param {Group} group
 * @param {{ output: string, grep: string | undefined }} options a file for the outcome, and a part of the names of tests
 * @returns {Promise<string | undefined>} why it failed
 */
export function runGroup(root, group, options) {
  const words = mochaWords(root, group, options);
  return execute(words, { cwd: root, env: process.env, limit_ms: group.limit_ms });
}
