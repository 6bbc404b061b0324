"""Two robot cells that have nothing in common with SAGE's own: arm, gripper, table, blocks, camera, topics."""

from dataclasses import dataclass
from math import pi

import numpy as np

from .kinematics import Arm, Joint, Part, placed, rotation

WHITE, DARK, STEEL, ORANGE, BLACK = (232, 233, 228), (58, 60, 66), (150, 152, 158), (214, 120, 36), (28, 28, 30)


@dataclass(frozen=True)
class Block:
    name: str
    size_m: float
    rgb: tuple
    xy: tuple
    yaw: float


@dataclass(frozen=True)
class Camera:
    width: int
    height: int
    focal_px: float
    distortion: tuple
    #: pose of the optical frame in the world
    optical: np.ndarray
    encoding: str
    #: whether the published pose is that of the camera's body (x forward) instead of the optical frame
    as_link: bool
    frame_id: str


@dataclass(frozen=True)
class Jaws:
    """Inner faces of the jaws along the tip's closing axis, as functions of the first finger joint's value."""

    closing: tuple
    along: tuple
    approach: tuple
    #: value -> (low, high), m from the tip
    faces: object
    opened: float
    closed: float
    #: pads reach from here to here along the approach axis from the tip, m
    pads: tuple
    half_pad: float


@dataclass(frozen=True)
class Cell:
    arm: Arm
    jaws: Jaws
    blocks: tuple
    camera: Camera
    table_z: float
    #: centre and half sides of the table
    table: tuple
    table_rgb: tuple
    floor_rgb: tuple
    light: tuple
    topics: dict
    #: the order in which joint_states name the joints
    reported: tuple
    separate_fingers: bool
    joint_rate_hz: float
    lag_s: float


def looking(at_m, target_m, up=(0.0, 0.0, 1.0)):
    """Optical pose (z forward, y down) that looks from one point to another."""
    forward = np.subtract(target_m, at_m)
    forward = forward / np.linalg.norm(forward)
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    return placed(at_m, np.column_stack([right, np.cross(forward, right), forward]))


def heron():
    """Seven joints and a parallel gripper whose second finger mimics the first; meshes; a camera straight above."""
    z = (0.0, 0.0, 1.0)

    def turn(number, lower, upper, velocity, xyz=(0, 0, 0), rpy=(0, 0, 0)):
        parent, child = f"heron_seg{number - 1}", f"heron_seg{number}"
        return Joint(f"heron_a{number}", parent, child, xyz, rpy, z, False, lower, upper, velocity)

    joints = (
        Joint("heron_mount", "world", "heron_seg0", (0.40, -0.25, 0.78), (0, 0, pi / 2)),
        turn(1, -2.8, 2.8, 2.1, (0, 0, 0.34)),
        turn(2, -1.7, 1.7, 2.1, rpy=(-pi / 2, 0, 0)),
        turn(3, -2.8, 2.8, 2.1, (0, -0.32, 0), (pi / 2, 0, 0)),
        turn(4, -3.0, -0.1, 2.1, (0.08, 0, 0), (pi / 2, 0, 0)),
        turn(5, -2.8, 2.8, 2.5, (-0.08, 0.37, 0), (-pi / 2, 0, 0)),
        turn(6, 0.0, 3.7, 2.5, rpy=(pi / 2, 0, 0)),
        turn(7, -2.8, 2.8, 2.5, (0.09, 0, 0), (pi / 2, 0, 0)),
        Joint("heron_flange_mount", "heron_seg7", "heron_flange", (0, 0, 0.105)),
        Joint("heron_beak_mount", "heron_flange", "heron_beak", (0, 0, 0), (0, 0, -pi / 4)),
        Joint("heron_pinch_mount", "heron_beak", "heron_pinch", (0, 0, 0.105)),
        Joint(
            "heron_beak_left", "heron_beak", "heron_left", (0, 0, 0.058), (0, 0, 0), (0, 1, 0), True, 0, 0.042, 0.15
        ),
        Joint(
            "heron_beak_right", "heron_beak", "heron_right", (0, 0, 0.058), (0, 0, 0), (0, -1, 0), True, 0, 0.042,
            0.15, ("heron_beak_left", 1.0),
        ),
    )
    along_y = (pi / 2, 0, 0)
    parts = (
        Part("heron_seg0", (0.075, 0.20), (0, 0, 0.10), rgb=WHITE),
        Part("heron_seg1", (0.062, 0.20), (0, 0, -0.05), rgb=WHITE),
        Part("heron_seg2", (0.060, 0.15), rgb=DARK),
        Part("heron_seg2", (0.056, 0.16), (0, -0.12, 0), along_y, WHITE),
        Part("heron_seg3", (0.054, 0.14), (0, 0, -0.07), rgb=WHITE),
        Part("heron_seg3", (0.10, 0.09, 0.08), (0.045, 0, 0), rgb=WHITE),
        Part("heron_seg4", (0.056, 0.12), rgb=DARK),
        Part("heron_seg4", (0.09, 0.08, 0.08), (-0.04, 0.05, 0), rgb=WHITE),
        Part("heron_seg5", (0.052, 0.26), (0, 0, -0.17), rgb=WHITE),
        Part("heron_seg6", (0.050, 0.11), rgb=DARK),
        Part("heron_seg6", (0.10, 0.07, 0.07), (0.05, 0, 0), rgb=WHITE),
        Part("heron_seg7", (0.045, 0.11), (0, 0, 0.05), rgb=WHITE),
        Part("heron_beak", (0.05, 0.19, 0.06), (0, 0, 0.032), rgb=WHITE),
        Part("heron_left", (0.02, 0.012, 0.055), (0, 0.006, 0.0285), rgb=STEEL),
        Part("heron_right", (0.02, 0.012, 0.055), (0, -0.006, 0.0285), rgb=STEEL),
    )
    turns = tuple(f"heron_a{n}" for n in range(1, 8))
    arm = Arm(
        "heron", joints, parts, turns, ("heron_beak_left", "heron_beak_right"), "heron_pinch",
        (0.0, -1.2, 0.0, -2.7, 0.0, 1.9, 0.785), True,
    )
    camera = Camera(
        848, 480, 600.0, (0.0, 0.0, 0.0, 0.0, 0.0),
        looking((0.42, 0.22, 1.75), (0.42, 0.2201, 0.75), (-1.0, 0.0, 0.0)),
        "bgr8", False, "overhead_optical",
    )
    blocks = (
        Block("red", 0.040, (196, 40, 38), (0.50, 0.24), 0.35),
        Block("green", 0.045, (52, 150, 70), (0.30, 0.32), -0.5),
        Block("blue", 0.035, (40, 80, 180), (0.55, 0.38), 0.9),
    )
    return Cell(
        arm,
        Jaws((0, 1, 0), (1, 0, 0), (0, 0, 1), lambda q: (-q, q), 0.042, 0.0, (-0.035, 0.010), 0.010),
        blocks, camera, 0.75, ((0.42, 0.20), (0.55, 0.60)), (126, 96, 70), (92, 94, 98), (0.25, -0.2, 1.0),
        {
            "image": "/overhead/rgb", "info": "/overhead/info", "pose": "/overhead/pose", "joints": "/heron/joints",
            "urdf": "/heron/urdf", "arm": "/heron/jtc/joint_trajectory", "gripper": "/heron/beak/commands",
        },
        ("heron_a3", "heron_a1", "heron_a2", "heron_a7", "heron_a6", "heron_a5", "heron_a4"),
        True, 100.0, 0.025,
    )  # fmt: skip


def osprey():
    """Six joints and one revolute jaw against a fixed one; primitives; a camera from across the table."""
    y = (0.0, 1.0, 0.0)
    joints = (
        Joint("plinth", "world", "osprey_foot", (0.10, 0.60, 0.40), (0, 0, -pi / 2)),
        Joint("turntable", "osprey_foot", "osprey_turret", (0, 0, 0.16), axis=(0, 0, 1), lower=-3.1, upper=3.1, velocity=2.0),
        Joint("boom", "osprey_turret", "osprey_boom", (0, 0.12, 0), (0, pi / 2, 0), y, False, -3.1, 0.3, 1.8),
        Joint("stick", "osprey_boom", "osprey_stick", (0, -0.10, 0.40), axis=y, lower=-2.7, upper=2.7, velocity=2.0),
        Joint("tilt", "osprey_stick", "osprey_tilt", (0, 0, 0.36), (0, pi / 2, 0), y, False, -3.1, 3.1, 2.6),
        Joint("swing", "osprey_tilt", "osprey_swing", (0, 0.09, 0), axis=(0, 0, 1), lower=-3.1, upper=3.1, velocity=2.6),
        Joint("spin", "osprey_swing", "osprey_spin", (0, 0, 0.09), axis=y, lower=-3.1, upper=3.1, velocity=2.6),
        Joint("claw_mount", "osprey_spin", "osprey_claw", (0, 0.07, 0), (0, 0, pi / 2)),
        Joint("grip_point_mount", "osprey_claw", "osprey_grip", (0.125, 0.0, 0)),
        # the moving jaw hinges beside the palm and swings away from the fixed one with a growing angle
        Joint("talon", "osprey_claw", "osprey_talon", (0.045, 0.028, 0), axis=(0, 0, 1), lower=-0.5, upper=0.9, velocity=2.0),
    )  # fmt: skip
    along_x, along_y = (0, pi / 2, 0), (pi / 2, 0, 0)
    parts = (
        Part("osprey_foot", (0.085, 0.10), (0, 0, 0.05), rgb=DARK),
        Part("osprey_turret", (0.07, 0.13), (0, 0, 0.0), rgb=ORANGE),
        Part("osprey_turret", (0.065, 0.10), (0, 0.06, 0), along_y, ORANGE),
        Part("osprey_boom", (0.06, 0.12), (0, 0, 0), along_y, DARK),
        Part("osprey_boom", (0.048, 0.40), (0, 0.01, 0.20), rgb=ORANGE),
        Part("osprey_boom", (0.055, 0.13), (0, -0.02, 0.40), along_y, DARK),
        Part("osprey_stick", (0.042, 0.34), (0, 0, 0.18), rgb=ORANGE),
        Part("osprey_tilt", (0.044, 0.12), (0, 0.03, 0), along_y, DARK),
        Part("osprey_swing", (0.042, 0.11), (0, 0, 0.03), rgb=ORANGE),
        Part("osprey_spin", (0.040, 0.06), (0, 0.03, 0), along_y, STEEL),
        Part("osprey_claw", (0.05, 0.09, 0.06), (0.025, 0, 0), rgb=BLACK),
        Part("osprey_claw", (0.085, 0.012, 0.024), (0.0925, -0.034, 0), rgb=BLACK),
        Part("osprey_talon", (0.085, 0.012, 0.024), (0.045, 0.006, 0), rgb=STEEL),
    )
    turns = ("turntable", "boom", "stick", "tilt", "swing", "spin")
    arm = Arm(
        "osprey", joints, parts, turns, ("talon",), "osprey_grip", (0.0, -2.0, 2.0, -1.57, -1.57, 0.0), False
    )
    # the optical frame of a camera across the table that looks back at the robot
    camera = Camera(
        1280, 720, 905.0, (-0.06, 0.03, 0.0006, -0.0004, 0.0),
        looking((0.13, -0.42, 0.98), (0.10, 0.16, 0.40)),
        "rgb8", True, "bird_eye_link",
    )
    blocks = (
        Block("red", 0.035, (188, 34, 44), (0.16, 0.12), 0.6),
        Block("yellow", 0.030, (222, 190, 50), (-0.06, 0.06), 0.1),
        Block("blue", 0.040, (44, 92, 190), (0.26, 0.26), -0.3),
    )
    # distance of the moving jaw's inner face from the tip, where the tip is 0.080 m beyond the hinge
    faces = lambda q: (-0.028, 0.028 + 0.080 * np.tan(q))
    return Cell(
        arm, Jaws((0, 1, 0), (0, 0, 1), (1, 0, 0), faces, 0.45, -0.45, (-0.03, 0.010), 0.012),
        blocks, camera, 0.35, ((0.10, 0.15), (0.50, 0.35)), (206, 208, 204), (60, 66, 78), (-0.3, 0.15, 1.0),
        {
            "image": "/bird/color", "info": "/bird/color_info", "pose": "/bird/placed", "joints": "/osprey/joint_states",
            "urdf": "/osprey/description", "arm": "/osprey/follow", "gripper": "/osprey/talon/command",
        },
        ("spin", "talon", "turntable", "swing", "stick", "boom", "tilt"),
        False, 200.0, 0.02,
    )  # fmt: skip


CELLS = {"heron": heron, "osprey": osprey}
