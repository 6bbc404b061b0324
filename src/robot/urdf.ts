import { SageError } from '../contracts/errors.js';
import { withFitted } from './fitted-shapes.js';
import type {
  JointKind,
  JointLimits,
  LinkShape,
  RobotJoint,
  RobotLink,
  RobotModel,
  Shape,
} from './robot-model.js';
import { fromRpy, identity, type Transform } from './transform.js';
import {
  childOf,
  childrenOf,
  malformed,
  numberOf,
  numbersOf,
  parseXml,
  sizeOf,
  textOf,
  vectorOf,
  type XmlElement,
} from './urdf-xml.js';
import { unit } from './vector.js';

/** Descriptions with more links are rejected. */
const URDF_MAX_LINKS = 1000;

const JOINT_KINDS: readonly string[] = ['revolute', 'continuous', 'prismatic', 'fixed'] satisfies JointKind[];
/** Joints with several degrees of freedom, as used for mobile bases or loose objects. */
const FREE_KINDS: readonly string[] = ['floating', 'planar'];

type Rgba = readonly [number, number, number, number];

/**
 * Parses a robot description (URDF 1.0). Gazebo, transmission and ros2_control elements are skipped, as are
 * shapes of zero size and visuals that cannot be parsed; missing limits stay null (see armChain). Floating
 * and planar joints are treated as fixed, and marked `free`.
 * @throws SageError SAGE_302 naming the offending element: not XML, wrong root, non-finite numbers, duplicate
 * names, unknown references, several roots, loops, or a size beyond bounds.
 */
export function parseUrdf(xml: string): RobotModel {
  const root = parseXml(xml);
  if (root.tag !== 'robot') throw malformed('robot_description', `root is <${root.tag}>, not <robot>`);
  const name = root.attributes.get('name') ?? '';
  const materials = readMaterials(root);
  const linkElements = named(childrenOf(root, 'link'), 'link');
  if (linkElements.size === 0) throw malformed('robot_description', 'has no links');
  if (linkElements.size > URDF_MAX_LINKS) {
    throw malformed(
      'robot_description',
      `has ${linkElements.size} links, at most ${URDF_MAX_LINKS} are read`,
    );
  }
  const joints = new Map<string, RobotJoint>();
  for (const [jointName, element] of named(childrenOf(root, 'joint'), 'joint')) {
    joints.set(jointName, readJoint(jointName, element));
  }
  stopFollowersOfFixed(joints);
  const links = withFitted(assembleLinks(linkElements, joints, materials), root);
  const order = treeOrder(links, joints);
  checkMimics(joints);
  return { name, root: order[0]!, links, joints, order };
}

function named(elements: readonly XmlElement[], tag: string): Map<string, XmlElement> {
  const found = new Map<string, XmlElement>();
  for (const element of elements) {
    const name = textOf(element, 'name', `<${tag}> ${found.size + 1}`);
    if (found.has(name)) throw malformed(`${tag} "${name}"`, 'its name is used twice');
    found.set(name, element);
  }
  return found;
}

function readMaterials(root: XmlElement): Map<string, Rgba> {
  const materials = new Map<string, Rgba>();
  for (const element of childrenOf(root, 'material')) {
    const colour = readColour(element, 'material');
    const name = element.attributes.get('name');
    if (colour !== null && name !== undefined) materials.set(name, colour);
  }
  return materials;
}

function readColour(material: XmlElement, where: string): Rgba | null {
  const element = childOf(material, 'color', where);
  const rgba = element === null ? null : numbersOf(element, 'rgba', 4, where);
  return rgba === null ? null : [rgba[0]!, rgba[1]!, rgba[2]!, rgba[3]!];
}

function readOrigin(parent: XmlElement, where: string): Transform {
  const element = childOf(parent, 'origin', where);
  if (element === null) return identity();
  return fromRpy(vectorOf(element, 'xyz', where, [0, 0, 0]), vectorOf(element, 'rpy', where, [0, 0, 0]));
}

function readShapes(
  link: XmlElement,
  tag: 'collision' | 'visual',
  materials: Map<string, Rgba>,
): LinkShape[] {
  const where = `link "${link.attributes.get('name') ?? ''}"`;
  return childrenOf(link, tag).flatMap((element) => {
    try {
      const made = readLinkShape(element, tag, where, materials);
      return hasSize(made.shape) ? [made] : [];
    } catch (thrown) {
      // Visuals affect neither kinematics nor collisions.
      if (tag === 'visual' && thrown instanceof SageError) return [];
      throw thrown;
    }
  });
}

function readLinkShape(
  element: XmlElement,
  tag: 'collision' | 'visual',
  where: string,
  materials: Map<string, Rgba>,
): LinkShape {
  const geometry = childOf(element, 'geometry', where);
  if (geometry === null) throw malformed(where, `a <${tag}> has no <geometry>`);
  const material = tag === 'visual' ? childOf(element, 'material', where) : null;
  const inline = material === null ? null : readColour(material, where);
  return {
    origin: readOrigin(element, where),
    shape: readShape(geometry, where),
    rgba: inline ?? materials.get(material?.attributes.get('name') ?? '') ?? null,
  };
}

/** Many descriptions contain zero-size points and dummies (contact points, frames). */
function hasSize(shape: Shape): boolean {
  if (shape.kind === 'box') return shape.size_m.some((side) => side > 0);
  return shape.kind === 'mesh' || shape.radius_m > 0;
}

function readShape(geometry: XmlElement, where: string): Shape {
  const element = geometry.children[0];
  if (element === undefined || geometry.children.length > 1) {
    throw malformed(where, `a <geometry> holds ${geometry.children.length} shapes, not one`);
  }
  switch (element.tag) {
    case 'box': {
      const size_m = vectorOf(element, 'size', where, [0, 0, 0]);
      if (size_m.some((side) => side < 0)) throw malformed(where, '<box> size is below zero');
      return { kind: 'box', size_m };
    }
    case 'cylinder':
    case 'capsule':
      return {
        kind: element.tag,
        radius_m: sizeOf(element, 'radius', where),
        length_m: sizeOf(element, 'length', where),
      };
    case 'sphere':
      return { kind: 'sphere', radius_m: sizeOf(element, 'radius', where) };
    case 'mesh':
      return {
        kind: 'mesh',
        filename: textOf(element, 'filename', where),
        scale: vectorOf(element, 'scale', where, [1, 1, 1]),
      };
    default:
      throw malformed(where, `shape <${element.tag}> is not known`);
  }
}

function readJoint(name: string, element: XmlElement): RobotJoint {
  const where = `joint "${name}"`;
  const kind = textOf(element, 'type', where);
  const free = FREE_KINDS.includes(kind);
  if (!free && !JOINT_KINDS.includes(kind)) {
    throw malformed(where, `type "${kind}" is not one of ${[...JOINT_KINDS, ...FREE_KINDS].join(', ')}`);
  }
  const linkOf = (tag: 'parent' | 'child'): string => {
    const reference = childOf(element, tag, where);
    if (reference === null) throw malformed(where, `has no <${tag}>`);
    return textOf(reference, 'link', where);
  };
  const axisElement = childOf(element, 'axis', where);
  const axis = axisElement === null ? ([1, 0, 0] as const) : vectorOf(axisElement, 'xyz', where, [1, 0, 0]);
  const direction = unit(axis);
  if (direction === null && kind !== 'fixed' && !free) throw malformed(where, '<axis> is zero');
  return {
    name,
    kind: free ? 'fixed' : (kind as JointKind),
    free,
    parent: linkOf('parent'),
    child: linkOf('child'),
    origin: readOrigin(element, where),
    axis: direction ?? [1, 0, 0],
    limits: readLimits(element, where),
    mimic: readMimic(element, where),
  };
}

function readLimits(joint: XmlElement, where: string): JointLimits {
  const element = childOf(joint, 'limit', where);
  if (element === null) return { lower: null, upper: null, velocity: null, effort: null };
  const acceleration = numberOf(element, 'acceleration', where);
  const limits = {
    lower: numberOf(element, 'lower', where),
    upper: numberOf(element, 'upper', where),
    velocity: numberOf(element, 'velocity', where),
    ...(acceleration === null ? {} : { acceleration }),
    effort: numberOf(element, 'effort', where),
  };
  if (limits.lower !== null && limits.upper !== null && limits.lower > limits.upper) {
    throw malformed(where, `lower limit ${limits.lower} is above the upper ${limits.upper}`);
  }
  return limits;
}

function readMimic(joint: XmlElement, where: string): RobotJoint['mimic'] {
  const element = childOf(joint, 'mimic', where);
  if (element === null) return null;
  return {
    joint: textOf(element, 'joint', where),
    multiplier: numberOf(element, 'multiplier', where) ?? 1,
    offset: numberOf(element, 'offset', where) ?? 0,
  };
}

/** A mimic of a fixed joint is fixed as well: used in descriptions of a hand that is kept closed. */
function stopFollowersOfFixed(joints: Map<string, RobotJoint>): void {
  for (const [name, joint] of joints) {
    if (joint.mimic === null || joint.mimic.offset !== 0) continue;
    if (joints.get(joint.mimic.joint)?.kind === 'fixed')
      joints.set(name, { ...joint, kind: 'fixed', mimic: null });
  }
}

function assembleLinks(
  elements: ReadonlyMap<string, XmlElement>,
  joints: ReadonlyMap<string, RobotJoint>,
  materials: Map<string, Rgba>,
): Map<string, RobotLink> {
  const parents = new Map<string, string>();
  const children = new Map<string, string[]>([...elements.keys()].map((name) => [name, []]));
  for (const joint of joints.values()) {
    const where = `joint "${joint.name}"`;
    for (const link of [joint.parent, joint.child]) {
      if (!elements.has(link)) throw malformed(where, `names the link "${link}", which does not exist`);
    }
    const other = parents.get(joint.child);
    if (other !== undefined) {
      throw malformed(where, `its child "${joint.child}" already hangs on joint "${other}"`);
    }
    parents.set(joint.child, joint.name);
    children.get(joint.parent)!.push(joint.name);
  }
  const links = new Map<string, RobotLink>();
  for (const [name, element] of elements) {
    links.set(name, {
      name,
      parent_joint: parents.get(name) ?? null,
      child_joints: children.get(name)!,
      collision: readShapes(element, 'collision', materials),
      visual: readShapes(element, 'visual', materials),
    });
  }
  return links;
}

/**
 * Links in topological order, parents first. A single root that reaches all links rules out loops and
 * disconnected parts.
 */
function treeOrder(links: ReadonlyMap<string, RobotLink>, joints: ReadonlyMap<string, RobotJoint>): string[] {
  const roots = [...links.values()].filter((link) => link.parent_joint === null);
  if (roots.length === 0) throw malformed('robot_description', 'its joints form a loop: no link is the root');
  if (roots.length > 1) {
    const some = roots.slice(0, 4).map((link) => `"${link.name}"`);
    throw malformed('robot_description', `has ${roots.length} root links: ${some.join(', ')}`);
  }
  const order = [roots[0]!.name];
  for (let at = 0; at < order.length; at++) {
    for (const joint of links.get(order[at]!)!.child_joints) order.push(joints.get(joint)!.child);
  }
  if (order.length < links.size) {
    const reached = new Set(order);
    const lost = [...links.keys()].find((name) => !reached.has(name));
    throw malformed(`link "${lost}"`, 'is part of a loop of joints');
  }
  return order;
}

function checkMimics(joints: ReadonlyMap<string, RobotJoint>): void {
  for (const joint of joints.values()) {
    let at: RobotJoint = joint;
    for (let hops = 0; at.mimic !== null; hops++) {
      const next = joints.get(at.mimic.joint);
      const where = `joint "${joint.name}"`;
      if (next === undefined) throw malformed(where, `mimics "${at.mimic.joint}", which does not exist`);
      if (next.kind === 'fixed') throw malformed(where, `mimics "${next.name}", which is fixed`);
      if (hops >= joints.size) throw malformed(where, 'its <mimic> leads in a circle');
      at = next;
    }
  }
}
