"""A foreign robot on the graph: an arm, a gripper, a camera and blocks that share no code with SAGE.

    bin/with-ros python test/ros/peers/foreign_robot.py heron --hand-at 2

Publishes camera, joint states and URDF on names of its own; follows JointTrajectory as ros2_control's controller does.
Answers anything on <cell>/truth/request with one JSON line on <cell>/truth, and prints the same line at its end; with
--ask also for each line of its input.
--hand-at S: an arm of somebody reaches into the view S seconds after the robot's first motion.
"""

import argparse
import array
import json
import multiprocessing
import signal
import sys
import threading
import time

import numpy as np
import rclpy
from foreign.controller import TrajectoryController
from foreign.kinematics import quaternion, urdf
from foreign.render import Renderer
from foreign.variants import CELLS
from foreign.world import World
from geometry_msgs.msg import PoseStamped
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy, qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, Image, JointState
from std_msgs.msg import Float64MultiArray, String
from trajectory_msgs.msg import JointTrajectory

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL, reliability=ReliabilityPolicy.RELIABLE)
CATCH_UP_MAX_S = 0.1
#: a joint faster than this moves, rad/s
MOVES = 0.05
#: optical axes in a camera's body (x forward), REP-103
BODY_TO_OPTICAL = np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]])


def publish_camera(cell, seed, fps, shared, sent, stop):
    """The camera's process: what it shows is what `shared` says: time, hand, joint values, block poses."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    rclpy.init()
    node = rclpy.create_node(f"{cell.arm.name}_camera")
    camera = cell.camera
    pose_publisher = node.create_publisher(PoseStamped, cell.topics["pose"], LATCHED)
    pose_publisher.publish(pose_message(camera))
    info_publisher = node.create_publisher(CameraInfo, cell.topics["info"], qos_profile_sensor_data)
    image_publisher = node.create_publisher(Image, cell.topics["image"], qos_profile_sensor_data)
    world = World(cell, seed)
    renderer = Renderer(cell, seed)
    names = list(world.values)
    shown, picture = None, None
    due_s = time.monotonic()
    while not stop.is_set():
        with shared.get_lock():
            state = np.array(shared[:])
        stamp = node.get_clock().now().to_msg()
        world.hand_at_s = None if state[1] < 0 else state[1]
        hand = world.hand_parts(state[0])
        if picture is None or hand or not np.array_equal(shown, state[2:]):
            values = dict(zip(names, state[2 : 2 + len(names)], strict=True))
            blocks = state[2 + len(names) :].reshape(-1, 4, 4)
            picture, _ = renderer.frame(world.things(values, blocks, state[0]))
            shown = state[2:]
        rgb = renderer.noisy(picture)
        image = Image(width=camera.width, height=camera.height, encoding=camera.encoding, step=3 * camera.width)
        image.header.stamp, image.header.frame_id = stamp, camera.frame_id
        data = array.array("B")
        data.frombytes((rgb[..., ::-1] if camera.encoding == "bgr8" else rgb).tobytes())
        image.data = data
        info = info_message(camera)
        info.header = image.header
        image_publisher.publish(image)
        info_publisher.publish(info)
        sent.value += 1
        due_s = max(due_s + 1 / fps, time.monotonic() - 0.5)
        stop.wait(max(0.0, due_s - time.monotonic()))
    rclpy.try_shutdown()


def pose_message(camera):
    message = PoseStamped()
    message.header.frame_id = "world"
    turn = camera.optical[:3, :3]
    if camera.as_link:
        turn = turn @ BODY_TO_OPTICAL.T
    place, orientation = message.pose.position, message.pose.orientation
    place.x, place.y, place.z = (float(x) for x in camera.optical[:3, 3])
    orientation.x, orientation.y, orientation.z, orientation.w = (float(x) for x in quaternion(turn))
    return message


def info_message(camera):
    f, cx, cy = camera.focal_px, camera.width / 2 - 0.5, camera.height / 2 - 0.5
    info = CameraInfo(width=camera.width, height=camera.height, distortion_model="plumb_bob")
    info.d = list(camera.distortion)
    info.k = [f, 0.0, cx, 0.0, f, cy, 0.0, 0.0, 1.0]
    info.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    info.p = [f, 0.0, cx, 0.0, 0.0, f, cy, 0.0, 0.0, 0.0, 1.0, 0.0]
    return info


class ForeignRobot:
    def __init__(self, cell, options, shared, sent):
        self.cell, self.shared, self.sent, self.hand_after_s = cell, shared, sent, options.hand_at
        self.world = World(cell, options.seed)
        self.controller = TrajectoryController(cell.arm.arm_joints, cell.arm.home, cell.lag_s)
        self.lock = threading.Lock()
        self.moved_s = None
        self.time_s = 0.0
        self.node = node = rclpy.create_node(cell.arm.name)
        node.create_publisher(String, cell.topics["urdf"], LATCHED).publish(String(data=urdf(cell.arm)))
        self.joints = node.create_publisher(JointState, cell.topics["joints"], 10)
        self.truth = node.create_publisher(String, f"{cell.arm.name}/truth", 10)
        node.create_subscription(String, f"{cell.arm.name}/truth/request", self.on_request, 10)
        node.create_subscription(JointTrajectory, cell.topics["arm"], self.on_trajectory, 10)
        node.create_subscription(Float64MultiArray, cell.topics["gripper"], self.on_gripper, 10)

    def now_s(self):
        return self.node.get_clock().now().nanoseconds * 1e-9

    def on_trajectory(self, message):
        with self.lock:
            stamp_s = message.header.stamp.sec + message.header.stamp.nanosec * 1e-9
            in_s = stamp_s - self.now_s() if stamp_s > 0 else None
            reason = self.controller.accept(message, self.time_s, in_s)
        if reason is not None:
            sys.stderr.write(f"trajectory rejected: {reason}\n")

    def on_gripper(self, message):
        # a forward_command_controller of one joint refuses any other number of values
        if len(message.data) != 1 or not np.isfinite(message.data[0]):
            self.controller.rejected.append(f"gripper command {list(message.data)}")
            return
        joint = self.cell.arm.joint(self.cell.arm.finger_joints[0])
        self.world.jaw_target = float(np.clip(message.data[0], joint.lower, joint.upper))

    def on_request(self, _):
        self.truth.publish(String(data=self.report()))

    def report(self):
        with self.lock:
            counts = {"accepted": self.controller.accepted, "rejected": self.controller.rejected[:20]}
            return json.dumps({"cell": self.cell.arm.name, **self.world.truth(), **counts, "frames": self.sent.value})

    def run(self, until_s, stopped):
        period_s = 1 / self.cell.joint_rate_hz
        before_s = time.monotonic()
        while not stopped.is_set() and time.monotonic() < until_s:
            time.sleep(period_s)
            now_s = time.monotonic()
            # a pause of this process is no motion of the robot: its time goes on by at most so much at once
            left_s = min(now_s - before_s, CATCH_UP_MAX_S)
            before_s = now_s
            steps = max(1, int(np.ceil(left_s / (1.5 * period_s))))
            with self.lock:
                for _ in range(steps):
                    self.time_s += left_s / steps
                    self.controller.step(self.time_s, left_s / steps)
                    self.world.step(self.controller.position, self.controller.velocity, self.time_s, left_s / steps)
                if self.moved_s is None and np.abs(self.controller.velocity).max() > MOVES:
                    self.moved_s = self.time_s
                self.show(self.time_s)
            self.publish_joints()

    def show(self, now_s):
        world = self.world
        if world.hand_at_s is None and self.hand_after_s is not None and self.moved_s is not None:
            if now_s > self.moved_s + self.hand_after_s:
                world.hand_at_s = now_s
        hand = -1.0 if world.hand_at_s is None else world.hand_at_s
        with self.shared.get_lock():
            self.shared[:] = [now_s, hand, *world.values.values(), *np.ravel(world.blocks)]

    def publish_joints(self):
        stamp = self.node.get_clock().now().to_msg()
        speeds = dict(zip(self.controller.joints, self.controller.velocity.tolist(), strict=True))

        def message(names):
            state = JointState(name=list(names))
            state.header.stamp = stamp
            state.position = [float(self.world.values[name]) for name in names]
            state.velocity = [float(speeds.get(name, 0.0)) for name in names]
            return state

        self.joints.publish(message(self.cell.reported))
        if self.cell.separate_fingers:
            self.joints.publish(message(self.cell.arm.finger_joints))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cell", choices=sorted(CELLS))
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fps", type=float, default=10.0)
    parser.add_argument("--hand-at", type=float, default=None)
    parser.add_argument("--ask", action="store_true", help="answer each line of input; end with it")
    options = parser.parse_args()
    cell = CELLS[options.cell]()
    world = World(cell, options.seed)
    first = [0.0, -1.0, *world.values.values(), *np.ravel(world.blocks)]
    shared = multiprocessing.Array("d", first)
    sent = multiprocessing.Value("i", 0)
    stop = multiprocessing.Event()
    eyes = multiprocessing.Process(
        target=publish_camera, args=(cell, options.seed, options.fps, shared, sent, stop), daemon=True
    )
    eyes.start()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    rclpy.init(signal_handler_options=rclpy.signals.SignalHandlerOptions.NO)
    robot = ForeignRobot(cell, options, shared, sent)
    executor = SingleThreadedExecutor()
    executor.add_node(robot.node)

    def serve():
        try:
            executor.spin()
        except ExternalShutdownException:
            return

    def answer():
        for _ in sys.stdin:
            print(robot.report(), flush=True)
        stopped.set()

    if options.ask:
        threading.Thread(target=answer, daemon=True).start()
    server = threading.Thread(target=serve, daemon=True)
    server.start()
    sys.stderr.write("ready\n")
    sys.stderr.flush()
    robot.run(time.monotonic() + options.seconds, stopped)
    print(robot.report(), flush=True)
    stop.set()
    eyes.join(timeout=3)
    executor.shutdown(timeout_sec=1)
    rclpy.try_shutdown()
    server.join(timeout=3)


if __name__ == "__main__":
    main()
