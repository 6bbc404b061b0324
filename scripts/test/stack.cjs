/** Stacks of compiled code, told by the lines that people wrote. */
const { existsSync, readFileSync } = require('node:fs');
const { SourceMap } = require('node:module');
const { dirname, join, relative, resolve } = require('node:path');
const { fileURLToPath } = require('node:url');

const root = resolve(__dirname, '..', '..');

/** A place in a stack's line: file, line, column. */
const place = /(?:file:\/\/)?(\/[^\s():]+\.js):(\d+):(\d+)/g;

/** @type {Map<string, SourceMap | undefined>} */
const maps = new Map();

function mapOf(file) {
  if (!maps.has(file)) {
    const path = `${file}.map`;
    maps.set(file, existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8'))) : undefined);
  }
  return maps.get(file);
}

/** One place, as `test/kernel/gate.test.ts:12:5`; unchanged where no map tells it. */
function original(whole, file, line, column) {
  const path = whole.startsWith('file:') ? fileURLToPath(`file://${file}`) : file;
  const entry = mapOf(path)?.findEntry(Number(line) - 1, Number(column) - 1);
  if (entry === undefined || !('originalSource' in entry)) return whole;
  const source = join(dirname(path), entry.originalSource);
  return `${relative(root, source)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}

/** @param {string} stack */
exports.originalStack = (stack) => stack.replaceAll(place, original);
