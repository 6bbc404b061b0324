/**
 * Writes scripts/setup/ros-requirements.lock from ros-requirements.in: every package that pip would install
 * into an empty Python 3.12, transitive ones too, with exact version and the hash of the file it would take.
 * Run it (`npm run lock:ros`) to move to newer wheels; set-up itself installs only what the lock names.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from './env.mjs';
import { findPython } from './setup/python.mjs';

const folder = join(projectRoot, 'scripts', 'setup');
const scratch = mkdtempSync(join(tmpdir(), 'sage-lock-'));

function run(command, args) {
  const done = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${done.status}`);
}

/** pip's report writes names as the projects do; the lock uses the normalised form, as pip compares them. */
const normalised = (name) => name.toLowerCase().replaceAll(/[-_.]+/g, '-');

function lockLine({ metadata, download_info: download }) {
  const sha256 = download.archive_info?.hashes?.sha256;
  if (!sha256) throw new Error(`the package index gives no sha256 for ${metadata.name} ${metadata.version}`);
  return `${normalised(metadata.name)}==${metadata.version} --hash=sha256:${sha256}`;
}

try {
  const report = join(scratch, 'report.json');
  const venv = join(scratch, 'venv');
  run(findPython().path, ['-m', 'venv', venv]);
  const input = join(folder, 'ros-requirements.in');
  const pip = ['-m', 'pip', 'install', '--quiet', '--dry-run', '--ignore-installed'];
  run(join(venv, 'bin', 'python'), [...pip, '--report', report, '-r', input]);
  const lines = JSON.parse(readFileSync(report, 'utf8')).install.map(lockLine).sort();
  const header = '# Generated from ros-requirements.in by `npm run lock:ros`; do not edit by hand.';
  writeFileSync(join(folder, 'ros-requirements.lock'), `${[header, ...lines].join('\n')}\n`);
  console.log(`locked ${lines.length} packages`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
