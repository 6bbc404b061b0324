/** One comparison, or one replay, as a test case. */
export interface TestCase {
  readonly name: string;
  readonly time_s: number;
  /** Null where it passed. */
  readonly failure: string | null;
  /** What CI systems show first of a failure; without it its first line. */
  readonly headline?: string;
}

/** The report that CI systems read: https://github.com/testmoapp/junitxml, as far as they agree. */
export function junitReport(suite: string, cases: readonly TestCase[]): string {
  const failed = cases.filter(({ failure }) => failure !== null).length;
  const time_s = cases.reduce((sum, found) => sum + found.time_s, 0);
  // Some schemas want all four counts.
  const counts = `tests="${cases.length}" failures="${failed}" errors="0" skipped="0" time="${time_s.toFixed(3)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${escaped(suite)}" ${counts}>`,
    ...cases.map((found) => caseOf(suite, found)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function caseOf(suite: string, { name, time_s, failure, headline }: TestCase): string {
  const head = `    <testcase classname="${escaped(suite)}" name="${escaped(name)}" time="${time_s.toFixed(3)}"`;
  if (failure === null) return `${head}/>`;
  const first = headline ?? failure.split('\n').find((line) => line.trim() !== '') ?? '';
  return `${head}>\n      <failure message="${escaped(first)}">${escaped(failure)}</failure>\n    </testcase>`;
}

function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&apos;',
  };
  return (
    text
      .replaceAll(/[&<>"']/g, (character) => names[character]!)
      // What XML 1.0 has no place for.
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '�')
  );
}
