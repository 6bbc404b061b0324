import { messageOf, SageError } from '../contracts/errors.js';
import type { Vec3 } from '../contracts/geometry.js';
import { oneFile } from '../contracts/one-file.js';

const { XMLParser, XMLValidator } = oneFile('fast-xml-parser') as typeof import('fast-xml-parser');

/** Longer descriptions are rejected; the largest known arms have about 200,000 characters. */
const URDF_MAX_CHARACTERS = 1_000_000;

/** One XML element: its name, attributes and child elements in order; text is dropped (URDF has none). */
export interface XmlElement {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
}

export function malformed(where: string, detail: string, cause?: unknown): SageError {
  const text = detail.length > 240 ? `${detail.slice(0, 240)}…` : detail;
  return new SageError('SAGE_302', where, text, cause === undefined ? undefined : { cause });
}

/**
 * Parses XML and returns the root element. Document type declarations are rejected: URDF needs none, and they
 * are the vector of entity expansion bombs and external entities.
 * @throws SageError SAGE_302
 */
export function parseXml(xml: string): XmlElement {
  if (xml.length > URDF_MAX_CHARACTERS) {
    throw malformed(
      'robot_description',
      `${xml.length} characters long, at most ${URDF_MAX_CHARACTERS} are read`,
    );
  }
  const bare = withoutComments(xml.startsWith('\uFEFF') ? xml.slice(1) : xml);
  if (/<!DOCTYPE|<!ENTITY/i.test(bare)) {
    throw malformed('robot_description', 'has a document type declaration, which is not accepted');
  }
  const verdict = XMLValidator.validate(bare);
  if (verdict !== true) {
    throw malformed('robot_description', `line ${verdict.err.line}: ${verdict.err.msg}`);
  }
  const roots = toElements(parseOrdered(bare));
  if (roots.length !== 1) {
    throw malformed('robot_description', `has ${roots.length} root elements, expected one <robot>`);
  }
  return roots[0]!;
}

/** Blanks comments but keeps their line breaks, so that reported line numbers stay right. */
function withoutComments(xml: string): string {
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    const start = xml.indexOf('<!--', at);
    if (start < 0) break;
    const end = xml.indexOf('-->', start + 4);
    if (end < 0) throw malformed('robot_description', 'has a comment that does not end');
    parts.push(xml.slice(at, start), '\n'.repeat(xml.slice(start, end).split('\n').length - 1));
    at = end + 3;
  }
  parts.push(xml.slice(at));
  return parts.join('');
}

function parseOrdered(xml: string): unknown {
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    parseAttributeValue: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    maxNestedTags: 64,
  });
  try {
    return parser.parse(xml);
  } catch (thrown) {
    throw malformed('robot_description', messageOf(thrown), thrown);
  }
}

function toElements(ordered: unknown): XmlElement[] {
  if (!Array.isArray(ordered)) return [];
  const elements: XmlElement[] = [];
  for (const node of ordered as Record<string, unknown>[]) {
    const tag = Object.keys(node).find((key) => key !== ':@');
    if (tag === undefined || tag === '#text') continue;
    const attributes = Object.entries((node[':@'] ?? {}) as Record<string, unknown>);
    elements.push({
      tag,
      attributes: new Map(attributes.map(([key, value]) => [key, String(value)])),
      children: toElements(node[tag]),
    });
  }
  return elements;
}

export function childrenOf(element: XmlElement, tag: string): XmlElement[] {
  return element.children.filter((child) => child.tag === tag);
}

/** The only child with this tag, or null. @throws SageError SAGE_302 if there are several. */
export function childOf(element: XmlElement, tag: string, where: string): XmlElement | null {
  const found = childrenOf(element, tag);
  if (found.length > 1) throw malformed(where, `has ${found.length} <${tag}> elements`);
  return found[0] ?? null;
}

/** A required, non-empty attribute. @throws SageError SAGE_302 */
export function textOf(element: XmlElement, name: string, where: string): string {
  const value = element.attributes.get(name)?.trim();
  if (value === undefined || value === '')
    throw malformed(where, `<${element.tag}> has no attribute "${name}"`);
  return value;
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A decimal attribute; null if missing. @throws SageError SAGE_302 if it is not a finite number. */
export function numberOf(element: XmlElement, name: string, where: string): number | null {
  const value = element.attributes.get(name)?.trim();
  return value === undefined ? null : finite(value, element.tag, name, where);
}

/** A required, non-negative decimal attribute. @throws SageError SAGE_302 */
export function sizeOf(element: XmlElement, name: string, where: string): number {
  const value = numberOf(element, name, where);
  if (value === null) throw malformed(where, `<${element.tag}> has no attribute "${name}"`);
  if (value < 0) throw malformed(where, `<${element.tag}> ${name}="${value}" is below zero`);
  return value;
}

/**
 * Exactly `count` numbers separated by blanks; null if the attribute is missing. @throws SageError SAGE_302
 */
export function numbersOf(
  element: XmlElement,
  name: string,
  count: number,
  where: string,
): readonly number[] | null {
  const value = element.attributes.get(name);
  if (value === undefined) return null;
  const words = value.trim().split(/\s+/);
  if (words.length !== count) {
    throw malformed(where, `<${element.tag}> ${name}="${excerpt(value)}" has not ${count} numbers`);
  }
  return words.map((word) => finite(word, element.tag, name, where));
}

/** Three numbers, or the fallback if the attribute is missing. @throws SageError SAGE_302 */
export function vectorOf(element: XmlElement, name: string, where: string, fallback: Vec3): Vec3 {
  const numbers = numbersOf(element, name, 3, where);
  return numbers === null ? fallback : [numbers[0]!, numbers[1]!, numbers[2]!];
}

function finite(word: string, tag: string, name: string, where: string): number {
  const value = DECIMAL.test(word) ? Number(word) : Number.NaN;
  if (!Number.isFinite(value)) {
    const xacro = word.includes('${') ? '; publish what xacro makes of the file' : '';
    throw malformed(where, `<${tag}> ${name}: "${excerpt(word)}" is not a finite number${xacro}`);
  }
  return value;
}

const excerpt = (value: string): string => (value.length > 40 ? `${value.slice(0, 40)}…` : value);
