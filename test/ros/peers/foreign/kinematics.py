"""Robots as plain tables of joints and parts: forward kinematics in numpy, and their URDF. Units: m, rad."""

from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

import numpy as np


@dataclass(frozen=True)
class Joint:
    """`axis` is None for a fixed joint; `mimic` is (joint, multiplier)."""

    name: str
    parent: str
    child: str
    xyz: tuple = (0.0, 0.0, 0.0)
    rpy: tuple = (0.0, 0.0, 0.0)
    axis: tuple | None = None
    prismatic: bool = False
    lower: float = 0.0
    upper: float = 0.0
    velocity: float = 1.0
    mimic: tuple | None = None


@dataclass(frozen=True)
class Part:
    """A box (x, y, z) or a cylinder (radius, length along z) that a link consists of."""

    link: str
    size: tuple
    xyz: tuple = (0.0, 0.0, 0.0)
    rpy: tuple = (0.0, 0.0, 0.0)
    rgb: tuple = (200, 200, 200)


@dataclass(frozen=True)
class Arm:
    name: str
    joints: tuple
    parts: tuple
    arm_joints: tuple
    finger_joints: tuple
    tip: str
    home: tuple
    mesh_collisions: bool
    order: tuple = field(init=False)

    def __post_init__(self):
        known, order = {"world"}, []
        while len(order) < len(self.joints):
            for joint in self.joints:
                if joint.parent in known and joint.child not in known:
                    known.add(joint.child)
                    order.append(joint)
        object.__setattr__(self, "order", tuple(order))

    def joint(self, name):
        return next(joint for joint in self.joints if joint.name == name)


def rotation(rpy):
    """Fixed-axis roll, pitch, yaw, as URDF has them."""
    (cr, cp, cy), (sr, sp, sy) = np.cos(rpy), np.sin(rpy)
    return np.array(
        [
            [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
            [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
            [-sp, cp * sr, cp * cr],
        ]
    )


def placed(xyz=(0.0, 0.0, 0.0), turn=None):
    pose = np.eye(4)
    pose[:3, 3] = xyz
    if turn is not None:
        pose[:3, :3] = turn
    return pose


def about(axis, angle):
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]], dtype=float)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def quaternion(turn):
    """x, y, z, w of a rotation matrix."""
    w = np.sqrt(max(0.0, 1 + turn[0, 0] + turn[1, 1] + turn[2, 2])) / 2
    if w > 1e-3:
        x, y, z = (turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1])
        return [x / (4 * w), y / (4 * w), z / (4 * w), w]
    # half a turn: the axis is the column of turn + 1 that is longest
    columns = turn + np.eye(3)
    axis = columns[:, np.argmax(np.linalg.norm(columns, axis=0))]
    return [*(axis / np.linalg.norm(axis)), 0.0]


def forward(arm, values):
    """Pose of every link in the world, given the joints' values by name."""
    poses = {"world": np.eye(4)}
    for joint in arm.order:
        pose = poses[joint.parent] @ placed(joint.xyz, rotation(joint.rpy))
        if joint.axis is not None:
            name, factor = joint.mimic or (joint.name, 1.0)
            value = factor * values[name]
            if joint.prismatic:
                pose = pose @ placed(np.multiply(joint.axis, value))
            else:
                pose = pose @ placed(turn=about(joint.axis, value))
        poses[joint.child] = pose
    return poses


def part_poses(arm, poses):
    """Pose of every part in the world, in the order of `arm.parts`."""
    return [poses[part.link] @ placed(part.xyz, rotation(part.rpy)) for part in arm.parts]


def corners(size):
    """Points (n, 3) around a box or a cylinder, whose hull holds all of it."""
    if len(size) == 2:
        radius, length = size
        size = (2 * radius, 2 * radius, length)
    return np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * np.asarray(size) / 2


def lowest(size, pose):
    """Least z that a part reaches."""
    z = pose[2, :3]
    if len(size) == 2:
        radius, length = size
        return pose[2, 3] - abs(z[2]) * length / 2 - radius * np.hypot(z[0], z[1])
    return pose[2, 3] - np.abs(z) @ np.asarray(size) / 2


def urdf(arm):
    def origin(xyz, rpy):
        return f'<origin xyz="{xyz[0]} {xyz[1]} {xyz[2]}" rpy="{rpy[0]} {rpy[1]} {rpy[2]}"/>'

    def geometry(size):
        if len(size) == 2:
            return f'<geometry><cylinder radius="{size[0]}" length="{size[1]}"/></geometry>'
        return f'<geometry><box size="{size[0]} {size[1]} {size[2]}"/></geometry>'

    links = {"world": ""} | {joint.child: "" for joint in arm.order}
    for part in arm.parts:
        shape = geometry(part.size)
        links[part.link] += f"<visual>{origin(part.xyz, part.rpy)}{shape}</visual>"
        if not arm.mesh_collisions:
            links[part.link] += f"<collision>{origin(part.xyz, part.rpy)}{shape}</collision>"
    lines = ['<?xml version="1.0"?>', f"<robot name={quoteattr(arm.name)}>"]
    for name, body in links.items():
        if arm.mesh_collisions and body:
            mesh = f'<geometry><mesh filename="package://{arm.name}/meshes/{name}.stl"/></geometry>'
            body = f"<visual>{mesh}</visual><collision>{mesh}</collision>"
        lines.append(f"<link name={quoteattr(name)}>{body}</link>")
    for joint in arm.joints:
        kind = "fixed" if joint.axis is None else "prismatic" if joint.prismatic else "revolute"
        text = f'<joint name={quoteattr(joint.name)} type="{kind}">{origin(joint.xyz, joint.rpy)}'
        text += f'<parent link="{joint.parent}"/><child link="{joint.child}"/>'
        if joint.axis is not None:
            text += f'<axis xyz="{joint.axis[0]} {joint.axis[1]} {joint.axis[2]}"/>'
            text += f'<limit lower="{joint.lower}" upper="{joint.upper}" velocity="{joint.velocity}" effort="50"/>'
        if joint.mimic is not None:
            text += f'<mimic joint="{joint.mimic[0]}" multiplier="{joint.mimic[1]}"/>'
        lines.append(text + "</joint>")
    return "\n".join([*lines, "</robot>"])
