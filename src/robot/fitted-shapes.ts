import type { Capsule, LinkShape, RobotLink, RobotModel } from './robot-model.js';
import { childrenOf, malformed, textOf, type XmlElement } from './urdf-xml.js';

/**
 * Shapes fitted to the meshes of a description are embedded in its text, as elements that only SAGE reads:
 * that keeps all inputs to decisions in one place, in the log as well, and a replay needs no meshes.
 */
const TAG = 'sage_capsules';
/** Numbers per capsule: both ends and the radius. */
const NUMBERS = 7;
const CAPSULES_MAX = 64;
/**
 * Coordinates are written to a hundredth of a millimetre; radii are rounded up by more than the ends can be
 * off, m.
 */
const STEP_M = 1e-5;

/** A link whose shape is in files. */
interface MeshLink {
  readonly link: string;
  /**
   * Alternatives that each cover the whole link; the first readable one counts: collision meshes, then visual
   * ones.
   */
  readonly choices: readonly (readonly MeshPart[])[];
}

/** A mesh shape and its pose in the link. */
export type MeshPart = Pick<LinkShape, 'origin'> & {
  readonly filename: string;
  readonly scale: readonly [number, number, number];
};

export interface FittedLink {
  readonly link: string;
  readonly capsules: readonly Capsule[];
  /** sha256 of the inputs of the fit. */
  readonly sha256: string;
}

/** Links whose shape is in files, except those that also have primitives. */
export function meshLinks(model: RobotModel): readonly MeshLink[] {
  return model.order.flatMap((name) => {
    const { collision, visual } = model.links.get(name)!;
    const [own, seen] = [partsOf(collision), partsOf(visual)];
    if (own.length > 0) return [{ link: name, choices: seen.length > 0 ? [own, seen] : [own] }];
    const shaped = collision.length > 0 || seen.length < visual.length;
    return shaped || seen.length === 0 ? [] : [{ link: name, choices: [seen] }];
  });
}

function partsOf(shapes: readonly LinkShape[]): readonly MeshPart[] {
  return shapes.flatMap(({ origin, shape }) =>
    shape.kind === 'mesh' ? [{ origin, filename: shape.filename, scale: shape.scale }] : [],
  );
}

/** Whether a description names any mesh; decided without parsing it, which takes milliseconds. */
export const namesMeshes = (urdf: string): boolean => urdf.includes('<mesh');

/** Whether a description already has fitted shapes. */
export const isFitted = (urdf: string): boolean => urdf.includes(`<${TAG} `);

/** The description with fitted shapes added; its own text stays unchanged. */
export function addFitted(urdf: string, links: readonly FittedLink[]): string {
  const lines = links.map(
    ({ link, capsules, sha256 }) =>
      `  <${TAG} link="${escaped(link)}" sha256="${sha256}" capsules="${capsules.map(numbersOf).join('; ')}"/>\n`,
  );
  return addElements(urdf, lines.join(''));
}

/** The description with elements that {@link splitFitted} took out of it. */
export function addElements(urdf: string, elements: string): string {
  const end = urdf.lastIndexOf('</robot>');
  return end < 0 ? urdf : `${urdf.slice(0, end)}${elements}${urdf.slice(end)}`;
}

/** The inverse of {@link addFitted}: the description as it was published, and the elements that were added to it. */
export function splitFitted(urdf: string): { readonly published: string; readonly elements: string } {
  const added = new RegExp(` {2}<${TAG} [^\\n]*/>\\n`, 'g');
  return { published: urdf.replace(added, ''), elements: urdf.match(added)?.join('') ?? '' };
}

function numbersOf({ a, b, radius_m }: Capsule): string {
  const ends = [...a, ...b].map((value) => (Math.round(value / STEP_M) * STEP_M).toFixed(5));
  return [...ends, (Math.ceil(radius_m / STEP_M + 1) * STEP_M).toFixed(5)].join(' ');
}

const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');

/** The links with the fitted shapes in the description. @throws SageError SAGE_302 */
export function withFitted(links: ReadonlyMap<string, RobotLink>, root: XmlElement): Map<string, RobotLink> {
  const found = new Map(links);
  for (const element of childrenOf(root, TAG)) {
    const name = textOf(element, 'link', TAG);
    const where = `${TAG} of "${name}"`;
    const link = found.get(name);
    if (link === undefined) throw malformed(where, 'there is no such link');
    found.set(name, { ...link, fitted: readCapsules(textOf(element, 'capsules', where), where) });
  }
  return found;
}

function readCapsules(text: string, where: string): readonly Capsule[] {
  const parts = text.split(';');
  if (parts.length > CAPSULES_MAX)
    throw malformed(where, `has ${parts.length} capsules, at most ${CAPSULES_MAX} are read`);
  return parts.map((part) => {
    const numbers = part.trim().split(/\s+/).map(Number);
    const [ax = 0, ay = 0, az = 0, bx = 0, by = 0, bz = 0, radius_m = 0] = numbers;
    if (numbers.length !== NUMBERS || !numbers.every(Number.isFinite) || radius_m <= 0)
      throw malformed(where, `"${part.trim()}" is no capsule: two ends and a radius, m`);
    return { a: [ax, ay, az], b: [bx, by, bz], radius_m };
  });
}
