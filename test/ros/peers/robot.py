"""A robot's drivers, played by rclpy: camera, joint states, URDF, and an arm that follows the trajectories it is sent.

Reads one JSON command per line, answers {"id", "ok"} or {"id", "error"}. Commands:
  camera   {"mode": "good" | "truncated" | "encoding" | "off"}
  joints   {"mode": "good" | "nan" | "foreign" | "off", "position": [..]}  (position: put the arm there, at rest)
  urdf     {"text": ".."}  latched
  quit
"""

import bisect
import json
import os
import sys
import threading
import time

import rclpy
from geometry_msgs.msg import PoseStamped
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, Image, JointState
from std_msgs.msg import String
from trajectory_msgs.msg import JointTrajectory

CAMERA_HZ = 15.0
JOINTS_HZ = 50.0
WIDTH, HEIGHT, FOCAL_PX = 160, 120, 140.0
ARM = ["shoulder_pan", "shoulder_lift", "elbow", "forearm_roll", "wrist_pitch", "tool_roll"]
FINGERS = ["finger_left_joint", "finger_right_joint"]
# An even grey with a little noise: a picture without any is what a hung driver sends.
GREY = bytes(120 + value % 8 for value in range(256))

out_lock = threading.Lock()


def say(event):
    with out_lock:
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()


class Arm:
    """Follows the newest trajectory from where it is, linearly between its points."""

    def __init__(self):
        self.place([0.0] * len(ARM))

    def place(self, position):
        self.times, self.points = [0.0], [list(position)]
        self.begun = time.monotonic()

    def follow(self, message):
        now = time.monotonic()
        order = [message.joint_names.index(name) for name in ARM]
        start = self.position(now)
        self.times = [0.0]
        self.points = [start]
        for point in message.points:
            self.times.append(point.time_from_start.sec + 1e-9 * point.time_from_start.nanosec)
            self.points.append([point.positions[index] for index in order])
        self.begun = now

    def position(self, now):
        at = now - self.begun
        after = bisect.bisect_right(self.times, at)
        if after >= len(self.times):
            return list(self.points[-1])
        share = (at - self.times[after - 1]) / (self.times[after] - self.times[after - 1])
        return [a + share * (b - a) for a, b in zip(self.points[after - 1], self.points[after])]


class Robot:
    def __init__(self):
        rclpy.init()
        self.node = Node("robot")
        self.arm = Arm()
        self.camera_mode = self.joints_mode = "off"
        self.latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        make = self.node.create_publisher
        self.image = make(Image, "camera/image_raw", qos_profile_sensor_data)
        self.info = make(CameraInfo, "camera/camera_info", qos_profile_sensor_data)
        self.state = make(JointState, "joint_states", qos_profile_sensor_data)
        self.pose = make(PoseStamped, "camera/pose", self.latched)
        self.description = None
        self.node.create_subscription(JointTrajectory, "arm_controller/joint_trajectory", self.arm.follow, 10)
        self.node.create_timer(1.0 / JOINTS_HZ, self.send_joints)
        self.node.create_timer(1.0 / CAMERA_HZ, self.send_image)
        self.pose.publish(self.looking_down())

    def stamp(self):
        return self.node.get_clock().now().to_msg()

    def looking_down(self):
        """One metre above the table, half a metre before the robot; optical axes, as the node expects."""
        message = PoseStamped()
        message.header.frame_id = "base_link"
        message.header.stamp = self.stamp()
        position, turn = message.pose.position, message.pose.orientation
        position.x, position.y, position.z = 0.4, 0.0, 1.0
        turn.x, turn.y, turn.z, turn.w = 0.7071068, -0.7071068, 0.0, 0.0
        return message

    def send_joints(self):
        if self.joints_mode == "off":
            return
        message = JointState()
        message.header.stamp = self.stamp()
        arm = self.arm.position(time.monotonic())
        if self.joints_mode == "nan":
            arm[2] = float("nan")
        foreign = self.joints_mode == "foreign"
        message.name = [f"other_{name}" for name in ARM + FINGERS] if foreign else ARM + FINGERS
        message.position = arm + [0.03, 0.03]
        self.state.publish(message)

    def send_image(self):
        if self.camera_mode == "off":
            return
        stamp = self.stamp()
        info = CameraInfo(width=WIDTH, height=HEIGHT, distortion_model="plumb_bob", d=[0.0] * 5)
        info.header.stamp, info.header.frame_id = stamp, "camera"
        info.k = [FOCAL_PX, 0.0, WIDTH / 2, 0.0, FOCAL_PX, HEIGHT / 2, 0.0, 0.0, 1.0]
        self.info.publish(info)
        image = Image(width=WIDTH, height=HEIGHT, step=WIDTH * 3, encoding="rgb8")
        image.header = info.header
        data = os.urandom(WIDTH * HEIGHT * 3).translate(GREY)
        if self.camera_mode == "truncated":
            data = data[: len(data) // 2]
        if self.camera_mode == "encoding":
            image.encoding = "yuv422_nobody_knows"
        image.data = data
        self.image.publish(image)

    def camera(self, command):
        self.camera_mode = command["mode"]

    def joints(self, command):
        if "position" in command:
            self.arm.place(command["position"])
        self.joints_mode = command["mode"]

    def urdf(self, command):
        if self.description is None:
            self.description = self.node.create_publisher(String, "robot_description", self.latched)
        self.description.publish(String(data=command["text"]))

    def run(self):
        executor = SingleThreadedExecutor()
        executor.add_node(self.node)
        threading.Thread(target=executor.spin, daemon=True).start()
        say({"ready": True})
        for line in sys.stdin:
            command = json.loads(line)
            if command["do"] == "quit":
                break
            try:
                getattr(self, command["do"])(command)
                say({"id": command["id"], "ok": {}})
            except Exception as error:  # every failure is told to the test, whatever it is
                say({"id": command["id"], "error": f"{type(error).__name__}: {error}"})
        executor.shutdown(timeout_sec=1.0)
        rclpy.try_shutdown()


Robot().run()
