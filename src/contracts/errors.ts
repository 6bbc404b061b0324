/**
 * The one catalogue of errors a user can meet. A code never changes its meaning once released.
 * Families: 1xx configuration, 2xx sensing, 3xx robot description, 4xx goals, 5xx models, 6xx refinement,
 * 7xx acting, 8xx graph and process, 9xx tools, 10xx bags and logs.
 */
export const ERROR_CATALOGUE = {
  SAGE_101: { title: 'unknown parameter', hint: 'correct the key, or remove it' },
  SAGE_102: { title: 'parameter out of range', hint: 'choose a value inside the allowed range' },
  SAGE_103: {
    title: 'configuration file not readable',
    hint: 'check the path and that the file is valid YAML',
  },
  SAGE_104: { title: 'parameter of the wrong type', hint: 'give a value of the type named' },
  SAGE_201: {
    title: 'image truncated',
    hint: 'check the camera driver: height × step must equal the data size',
  },
  SAGE_202: {
    title: 'image encoding not supported',
    hint: 'publish rgb8, bgr8, rgba8, bgra8, mono8, 16 bits of these, bayer, yuyv, uyvy, or jpeg/png',
  },
  SAGE_203: { title: 'joint state not finite', hint: 'check the joint driver; the reading was not used' },
  SAGE_204: {
    title: 'joint names unknown to the robot description',
    hint: 'publish the names that the URDF has',
  },
  SAGE_205: { title: 'source stale', hint: 'check that its publisher runs and its stamps advance' },
  SAGE_206: {
    title: 'camera model missing or invalid',
    hint: 'publish camera_info with a positive focal length',
  },
  SAGE_207: {
    title: 'camera pose missing or invalid',
    hint: 'publish camera/pose in a frame of the URDF that does not move, or set camera.pose',
  },
  SAGE_208: { title: 'message malformed', hint: 'check the publisher of the topic named' },
  SAGE_209: {
    title: 'stamp jumped',
    hint: 'check the clock of the publisher; readings from the future or the past are not used',
  },
  SAGE_210: { title: 'camera frozen', hint: 'restart the camera driver: it repeats its last picture' },
  SAGE_211: {
    title: 'clock jumped back',
    hint: 'a recording or a simulation began anew, or the clock was set; ages and deadlines go on as they were',
  },
  SAGE_212: {
    title: 'clock stands still',
    hint: 'with use_sim_time: start what publishes /clock, or let the simulation go on',
  },
  SAGE_213: {
    title: 'several publishers of one camera topic',
    hint: 'end all but one, or give each its own topic or ROS_DOMAIN_ID; ros2 topic info -v shows them',
  },
  SAGE_301: { title: 'no robot description', hint: 'publish the URDF latched on robot_description' },
  SAGE_302: { title: 'robot description malformed', hint: 'check the URDF (check_urdf names the line)' },
  SAGE_303: {
    title: 'frame not in the robot description',
    hint: 'set robot.base_frame and robot.tip_frame to links of the URDF',
  },
  SAGE_304: {
    title: 'joint limit missing',
    hint: 'give the joint a <limit> with lower, upper and velocity, or set robot.lower_limits, upper_limits and velocity_limits',
  },
  SAGE_401: {
    title: 'goal not understood',
    hint: 'say for example: pick up the red block; point at the green block; go home; stop',
  },
  SAGE_402: { title: 'target not found', hint: "bring it into the camera's view, or name another" },
  SAGE_403: {
    title: 'target not reachable',
    hint: 'move it closer to the robot, or check table and frames in the configuration',
  },
  SAGE_404: { title: 'goal failed after retries', hint: 'see the decision record for what was tried' },
  SAGE_405: { title: 'goal deadline passed', hint: 'give it more time, or none' },
  SAGE_406: { title: 'goal queue full', hint: 'wait until a goal has ended, or cancel one' },
  SAGE_407: { title: 'goal too long', hint: 'say it in fewer characters' },
  SAGE_408: {
    title: 'goal waited in vain',
    hint: 'clear what it waited for, and give the goal again; kernel.wait_timeout_s says how long it may wait',
  },
  SAGE_409: {
    title: 'goal not possible as things are',
    hint: 'see the reason; change what stands against it',
  },
  SAGE_410: { title: 'goal id in use', hint: 'give each goal an id of its own' },
  SAGE_411: { title: 'target moved again and again', hint: 'let it lie still, and give the goal again' },
  SAGE_501: { title: 'model file missing', hint: 'restore the file that the manifest names' },
  SAGE_502: { title: 'model file altered', hint: 'restore the file: its sha256 differs from the manifest' },
  SAGE_503: { title: 'model manifest invalid', hint: 'correct the field named' },
  SAGE_504: {
    title: 'model host died',
    hint: 'a running node starts it again by itself; see the log if it goes on',
  },
  SAGE_505: { title: 'model run failed', hint: 'see the message of the runtime' },
  SAGE_506: {
    title: 'model host did not answer in time',
    hint: 'a running node replaces it by itself; lower the load if it goes on',
  },
  SAGE_507: { title: 'model output not finite', hint: 'check the model and its input' },
  SAGE_508: {
    title: 'model shapes do not fit',
    hint: 'the graph must have the inputs and outputs of its manifest',
  },
  SAGE_509: {
    title: 'model host has too much to do',
    hint: 'ask less often, or raise models.queue_max or models.slots_max',
  },
  SAGE_510: {
    title: 'model could not be loaded',
    hint: 'see the message of the runtime; check the model file',
  },
  SAGE_511: { title: 'model state lost', hint: 'the refinement begins anew with the next input' },
  SAGE_512: { title: 'model unknown', hint: 'put its manifest into models.folder, or correct the id' },
  SAGE_513: {
    title: 'model does not fit into the budget',
    hint: 'raise models.ram_mb_max or models.gpu_mb_max, unload or unpin another model, or use a smaller one',
  },
  SAGE_514: {
    title: 'model host over its memory ceiling',
    hint: 'a running node replaces it by itself; raise models.host_mb_max if the model needs this much',
  },
  SAGE_515: {
    title: 'models cannot stand in for each other',
    hint: 'swap only between models with the same graphs, inputs and outputs',
  },
  SAGE_516: {
    title: 'model download failed',
    hint: 'run sage models pull again: it goes on where it stopped; check url and sha256 of the manifest',
  },
  SAGE_517: {
    title: 'model cannot become a plugin',
    hint: 'give sage models add other options, or correct the adapter of the manifest; see docs/bring-your-own-model.md',
  },
  SAGE_601: { title: 'plugin threw', hint: 'see the message; its refinement was ended' },
  SAGE_602: { title: 'plugin energy not finite', hint: 'return a finite number from energy()' },
  SAGE_603: { title: 'plugin overran its deadline', hint: 'make a step shorter, or raise its deadline' },
  SAGE_604: { title: 'plugin unknown', hint: 'register the plugin under this id' },
  SAGE_605: {
    title: 'plugin energy not reproducible',
    hint: 'energy() must depend on the state alone, and step() must not change the state it is given',
  },
  SAGE_606: {
    title: 'refinement command refused',
    hint: 'use a job id once, whole grants ≥ 0, and fewer jobs at a time than the runner allows',
  },
  SAGE_607: {
    title: 'plugin declaration invalid',
    hint: 'correct the field named; see docs/writing-a-plugin.md',
  },
  SAGE_608: {
    title: 'plugin module not usable',
    hint: 'correct the path in node.plugins, or what the module exports; see docs/writing-a-plugin.md',
  },
  SAGE_609: {
    title: 'plugin overspends',
    hint: 'declare what a step costs, make steps smaller, or move the work into a model host',
  },
  SAGE_610: {
    title: 'refinement thread lost',
    hint: 'it is started again by itself; a step that never returns belongs in a model host',
  },
  SAGE_611: {
    title: 'task or answer cannot cross to the refinement thread',
    hint: 'use plain data: numbers, texts, arrays, typed arrays, and objects of these',
  },
  SAGE_701: { title: 'trajectory rejected: joint limit', hint: 'the plan left the limits of the URDF' },
  SAGE_702: { title: 'trajectory rejected: velocity or acceleration limit', hint: 'lower robot.speed_scale' },
  SAGE_703: {
    title: 'trajectory rejected: not finite or malformed',
    hint: 'report it: a plan must never contain this',
  },
  SAGE_704: {
    title: 'trajectory rejected: does not start at the measured state',
    hint: 'the arm moved since; it is planned anew',
  },
  SAGE_705: {
    title: 'trajectory rejected: collision',
    hint: 'the plan would touch the table or the arm itself',
  },
  SAGE_706: { title: 'motion refused: data not fresh', hint: 'wait for good data from the source named' },
  SAGE_707: {
    title: 'motion refused: held',
    hint: 'clear the emergency stop, the crisis, or call sage/resume',
  },
  SAGE_708: {
    title: 'arm does not follow',
    hint: 'check the controller; the measured joints differ from the plan',
  },
  SAGE_709: {
    title: 'trajectory rejected: wrong joints',
    hint: 'a trajectory names every joint of the controller once',
  },
  SAGE_710: {
    title: 'trajectory rejected: workspace left',
    hint: 'check robot.workspace_min_m and robot.workspace_max_m against where the target lies',
  },
  SAGE_711: {
    title: 'the arm is measured where it must not be',
    hint: 'check limits, table height and base frame of the configuration, and the controller',
  },
  SAGE_712: {
    title: 'another node commands the arm',
    hint: 'let one at a time; sage/stop holds SAGE while the other is at work',
  },
  SAGE_713: {
    title: 'gripper command rejected: joint limit',
    hint: 'set robot.gripper_open and robot.gripper_closed within the limits of the finger joints, or robot.gripper_measured_* where other units are sent',
  },
  SAGE_714: {
    title: 'gripper does not do as told',
    hint: 'check its controller, and robot.gripper_interface',
  },
  SAGE_715: {
    title: 'the hand reaches the table before it grasps',
    hint: 'raise robot.grasp_depth_m, correct robot.tip_frame or tip_offset_m, or set robot.hand_below_tip_m where the URDF draws the hand longer than it is',
  },
  SAGE_716: {
    title: 'the hand met something on its way down',
    hint: 'clear what stands there; check robot.table_height_m and robot.object_height_m where nothing does',
  },
  SAGE_717: {
    title: 'something unknown lies on the way',
    hint: 'take it away, or call sage/resume if the arm may move there; else it waits for salience.habituation_s',
  },
  SAGE_801: { title: 'set-up incomplete', hint: 'run npm start, or npm run setup' },
  SAGE_802: { title: 'process ended unexpectedly', hint: 'see its last lines above' },
  SAGE_803: { title: 'ROS environment not usable', hint: 'source ROS 2 Jazzy, or run npm run setup' },
  SAGE_804: { title: 'cycle failed', hint: 'report it with the lines above: a cycle must never throw' },
  SAGE_806: {
    title: 'node not found',
    hint: 'start it with sage up, in the same ROS_DOMAIN_ID and namespace',
  },
  SAGE_807: {
    title: 'metabolic state unknown',
    hint: 'choose WAKE, FOCUS, REST, DREAM or CRISIS',
  },
  SAGE_808: {
    title: 'another SAGE commands this arm',
    hint: 'end one of the two; this one holds until the other has been silent for 5 s',
  },
  SAGE_809: {
    title: 'topic of another type on the graph',
    hint: 'name the right topic under topics: in the configuration; ros2 topic info -v shows who has which type',
  },
  SAGE_810: {
    title: 'qualities of service do not fit',
    hint: 'change those of the other end; ros2 topic info -v shows them',
  },
  SAGE_811: {
    title: 'nobody takes commands',
    hint: 'start the controller, or name its topic or action under topics: in the configuration',
  },
  SAGE_812: {
    title: 'no place for a block in the simulated world',
    hint: 'check robot.workspace_*, table_height_m, tip_frame, approach_axis and camera.pose: what is wrong there will not pick on the real table either',
  },
  SAGE_805: { title: 'node not ready in time', hint: 'run sage doctor; see its last lines above' },
  SAGE_901: { title: 'command line not understood', hint: 'see --help' },
  SAGE_903: {
    title: 'state not kept',
    hint: 'check the folder node.state_folder: it must be writable, and its files unaltered',
  },
  SAGE_902: { title: 'file not found', hint: 'check the path' },
  SAGE_904: {
    title: 'decision record not readable',
    hint: 'give records as JSON, one alone or one per line',
  },
  SAGE_905: { title: 'generated page out of date', hint: 'run sage docs and commit what it writes' },
  SAGE_906: { title: 'launch description invalid', hint: 'correct the field named' },
  SAGE_1001: {
    title: 'bag not readable',
    hint: 'give an MCAP or sqlite3 file of rosbag2, or a folder with metadata.yaml',
  },
  SAGE_1002: {
    title: 'bag truncated',
    hint: 'repair it with ros2 bag reindex or mcap recover, or read what is there with --best-effort',
  },
  SAGE_1003: {
    title: 'bag damaged',
    hint: 'copy it again from its source, or go on past it with --best-effort',
  },
  SAGE_1004: {
    title: 'bag compression unknown',
    hint: 'convert it (ros2 bag convert) to none, lz4 or zstd chunks, or to zstd files or messages, or skip what is packed with --best-effort',
  },
  SAGE_1005: {
    title: 'message definition missing or not readable',
    hint: 'record the bag again with its definitions, or leave the topic out with --best-effort',
  },
  SAGE_1006: {
    title: 'topic of another type than expected',
    hint: 'remap the right topic with --remap, or leave it out with --best-effort',
  },
  SAGE_1007: {
    title: 'time of the bag jumps back',
    hint: 'sort it (mcap sort, ros2 bag convert), or go on with --best-effort',
  },
  SAGE_1008: {
    title: 'message in the bag malformed',
    hint: 'check what published it, or skip such messages with --best-effort',
  },
  SAGE_1009: {
    title: 'bag without a topic that is known',
    hint: 'name its topics under topics: in a --config file, or with --remap /theirs:=/joint_states',
  },
  SAGE_1021: { title: 'not a log of this version', hint: 'replay the bag again with this version of SAGE' },
  SAGE_1022: { title: 'log damaged', hint: 'replay the bag again, or read what is there with --best-effort' },
  SAGE_1023: {
    title: 'log or recording not written',
    hint: 'check the path and the space on the disk',
  },
  SAGE_1024: {
    title: 'replay leaves the log it follows',
    hint: 'parameters, models or version differ from those of the log; costs are its means from here on',
  },
  SAGE_1025: {
    title: 'input of the log not in the bag',
    hint: 'give the bag that was recorded with this log',
  },
  SAGE_1026: {
    title: 'no room to unpack the bag',
    hint: 'make room, name a larger disk with TMPDIR, or unpack it where there is room (zstd -d)',
  },
  SAGE_1027: {
    title: 'folder for an output missing',
    hint: 'make it, or correct the path',
  },
  SAGE_1028: {
    title: 'made by another build',
    hint: 'for the same bytes, replay with the code, models and plugins that are named',
  },
  SAGE_1029: {
    title: 'recording begins within a run',
    hint: 'begin to record before the node, or follow the log of the run with --from',
  },
  SAGE_1030: {
    title: 'recording lacks messages',
    hint: 'give the recorder more of a core: fewer programs beside it, fewer topics (--topics), no --zstd; or a faster disk',
  },
} as const satisfies Record<string, { title: string; hint: string }>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/**
 * An error a user can meet: a code of the catalogue, what was wrong, and where.
 * `message` reads `SAGE_205 source stale: camera: 812 ms old (allowed 300). check that …`.
 */
export class SageError extends Error {
  override readonly name = 'SageError';
  readonly detail: string;
  constructor(
    readonly code: ErrorCode,
    readonly where: string,
    detail: string,
    options?: { cause?: unknown },
  ) {
    const told = withoutPlace(detail, where);
    super(
      `${code} ${ERROR_CATALOGUE[code].title}: ${where}: ${told.replace(/[.\s]+$/, '')}. ${ERROR_CATALOGUE[code].hint}`,
      options,
    );
    this.detail = told;
  }

  /** The error that this fault tells of; `where` where that is known better now. */
  static of({ code, where, text }: Fault, better?: string): SageError {
    const title = `${ERROR_CATALOGUE[code].title}: `;
    return new SageError(code, better ?? where, text.startsWith(title) ? text.slice(title.length) : text);
  }

  /** The error as plain data, as it stands in diagnostics and decision records. */
  toFault(): Fault {
    return {
      code: this.code,
      where: this.where,
      text: `${ERROR_CATALOGUE[this.code].title}: ${this.detail}`,
    };
  }
}

/** An error as data: what diagnostics, decision records and rejections carry. */
export interface Fault {
  readonly code: ErrorCode;
  readonly where: string;
  readonly text: string;
}

/** Builds a fault without throwing, for the places where bad input is expected and contained. */
export function fault(code: ErrorCode, where: string, detail: string): Fault {
  return { code, where, text: `${ERROR_CATALOGUE[code].title}: ${detail}` };
}

/** What the file system says, where it only repeats the place: `ENOENT: no such file or directory, open 'a'`. */
function withoutPlace(detail: string, where: string): string {
  const [, told, path] = /^E[A-Z]+: ([^,]+), \w+(?: '(.*)')?$/.exec(detail) ?? [];
  return told === undefined || (path !== undefined && path !== where) ? detail : told;
}

/** Whether what was made of something is what is wrong with it. */
export function isFault(value: object): value is Fault {
  return 'code' in value;
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
