/**
 * The import order of src/ (docs/architecture.md shows it): a folder may import only from folders of a lower
 * layer, and siblings of one layer never import each other. Type-only imports count too, so the order holds
 * for what a reader has to understand, and not only for what runs.
 */
const layers = [
  ['contracts'],
  ['robot'],
  ['kernel'],
  ['salience', 'metabolism', 'irp', 'hrm'],
  ['plugins'],
  ['threads'],
  ['meshes'],
  ['models'],
  ['memory'],
  ['replay'],
  ['sim'],
  ['ros'],
  ['app'],
];

const known = layers.flat().join('|');

/** One rule per folder: everything in src/ that is neither the folder itself nor a lower layer is out. */
const orderRules = layers.flatMap((layer, index) =>
  layer.map((folder) => ({
    name: `import-order-${folder}`,
    comment: `src/${folder} may import only from: ${[...layers.slice(0, index).flat(), folder].join(', ')}`,
    severity: 'error',
    from: { path: `^src/${folder}/` },
    to: { path: '^src/', pathNot: `^src/(${[...layers.slice(0, index).flat(), folder].join('|')})/` },
  })),
);

module.exports = {
  forbidden: [
    ...orderRules,
    {
      name: 'known-folder',
      comment: 'Every source file lies in one of the layers above; a new folder needs its place there first.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${known})/` },
      to: {},
    },
    {
      name: 'no-cycle',
      comment: 'Modules that import each other cannot be understood, tested or replaced one at a time.',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'ros-only-in-src-ros',
      comment: 'rclnodejs blocks, spawns threads and needs a ROS environment: it stays behind src/ros.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/ros/' },
      to: { path: '(^|/)node_modules/rclnodejs/|^rclnodejs' },
    },
    {
      name: 'pure-stays-pure',
      comment:
        'Files, processes, clocks of the machine and the network come in through ports. Packages are loaded as they are.',
      severity: 'error',
      from: { path: '^src/(contracts|robot|kernel|salience|metabolism|irp|hrm)/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?module$' },
    },
    {
      name: 'no-test-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts)/' },
    },
    {
      name: 'resolvable',
      comment: 'An import that resolves to nothing would also escape the order.',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.json', '.node'],
      conditionNames: ['types', 'import', 'require', 'node', 'default'],
    },
  },
};
