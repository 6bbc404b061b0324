import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { escaped } from '../markup.js';
import { packageRoot } from '../root.js';
import { inlined } from './inlined.js';
import type { ReportData } from './report-data.js';

const asset = (name: string): string => readFileSync(join(packageRoot, 'assets', 'report', name), 'utf8');

/** The page of a report: one file that needs nothing else, and no network. */
export function reportPage(data: ReportData): string {
  const plots = dirname(createRequire(import.meta.url).resolve('uplot/package.json'));
  const library = (name: string): string => readFileSync(join(plots, 'dist', name), 'utf8');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>SAGE: ${escaped(data.title)}</title>
<style>${library('uPlot.min.css')}
${asset('page.css')}</style>
</head>
<body>
<main id="report"><noscript>This page draws its plots with JavaScript that it carries itself.</noscript></main>
<script type="application/json" id="data">${inScript(data)}</script>
<script>${library('uPlot.iife.min.js')}</script>
<script>${inlined('page.js', asset)}</script>
</body>
</html>
`;
}

/** JSON that cannot end the element that it stands in. */
function inScript(data: ReportData): string {
  return JSON.stringify(data)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}
