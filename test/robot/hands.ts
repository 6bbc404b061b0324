/** Descriptions of arms and hands as their makers write them, cut down to what decides how SAGE reads them. */

interface JointText {
  readonly name: string;
  readonly type: string;
  readonly parent: string;
  readonly child: string;
  readonly xyz?: string;
  readonly axis?: string;
  /** The whole element, or nothing. */
  readonly limit?: string;
  readonly mimic?: string;
  readonly more?: string;
}

export const LIMIT = '<limit lower="-3" upper="3" velocity="2" effort="30"/>';

/** A robot of the joints given; its links are those that they name. */
export function robotOf(joints: readonly JointText[], more = ''): string {
  const links = new Set(joints.flatMap(({ parent, child }) => [parent, child]));
  const text = joints.map(
    ({ name, type, parent, child, xyz = '0 0 0', axis, limit = '', mimic, more: extra = '' }) =>
      `<joint name="${name}" type="${type}"><origin xyz="${xyz}"/><parent link="${parent}"/><child link="${child}"/>` +
      `${axis === undefined ? '' : `<axis xyz="${axis}"/>`}${limit}${mimic ?? ''}${extra}</joint>`,
  );
  const bodies = [...links].map((link) => `<link name="${link}"/>`);
  return `<?xml version="1.0"?><robot name="test">${bodies.join('')}${text.join('')}${more}</robot>`;
}

/** Two joints that turn in a plane, then `hand`. */
export const ARM: readonly JointText[] = [
  {
    name: 'shoulder',
    type: 'revolute',
    parent: 'base_link',
    child: 'upper',
    xyz: '0 0 0.3',
    axis: '0 1 0',
    limit: LIMIT,
  },
  {
    name: 'elbow',
    type: 'revolute',
    parent: 'upper',
    child: 'hand',
    xyz: '0 0 0.3',
    axis: '0 1 0',
    limit: LIMIT,
  },
  { name: 'tip', type: 'fixed', parent: 'hand', child: 'grasp', xyz: '0 0 0.15' },
];

/** One knuckle that drives the others, closed at the larger value, as on a 2F-85. */
export const KNUCKLES: readonly JointText[] = [
  {
    name: 'left_knuckle',
    type: 'revolute',
    parent: 'hand',
    child: 'left',
    axis: '0 1 0',
    limit: '<limit lower="0" upper="0.8" velocity="2" effort="50"/>',
  },
  {
    name: 'right_knuckle',
    type: 'revolute',
    parent: 'hand',
    child: 'right',
    axis: '0 1 0',
    limit: '<limit lower="-0.8" upper="0" velocity="2" effort="50"/>',
    mimic: '<mimic joint="left_knuckle" multiplier="-1"/>',
  },
];

/** Two sliding fingers, the second of which follows the first, as on a Panda's hand. */
export const SLIDERS: readonly JointText[] = [
  {
    name: 'finger1',
    type: 'prismatic',
    parent: 'hand',
    child: 'left',
    axis: '0 1 0',
    limit: '<limit lower="0" upper="0.04" velocity="0.2" effort="20"/>',
  },
  {
    name: 'finger2',
    type: 'prismatic',
    parent: 'hand',
    child: 'right',
    axis: '0 -1 0',
    limit: '<limit lower="0" upper="0.04" velocity="0.2" effort="20"/>',
    mimic: '<mimic joint="finger1"/>',
  },
];
