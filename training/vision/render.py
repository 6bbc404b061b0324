"""Renders a Scene to a linear RGB image and a label image with 2×2 supersampling and shadows."""

from __future__ import annotations

import numpy as np

from materials import pattern_at, value_noise
from shapes import EPS, FAR, Solid, dot3, intersect, normals
from world import CameraPose, Light, Scene

SUPER = 2  # rays per pixel along each axis


def ray_grid(cam: CameraPose, height: int, width: int) -> np.ndarray:
    """Unit ray directions in the world, [height, width, 3]."""
    focal = width / 2 / np.tan(cam.fov_rad / 2)
    u = (np.arange(width) + 0.5 - width * (0.5 + cam.centre[0])) / focal
    v = (np.arange(height) + 0.5 - height / 2 - width * cam.centre[1]) / focal
    x, y = np.meshgrid(u.astype(np.float32), v.astype(np.float32))
    bend = 1 + cam.k1 * (x * x + y * y)
    d = np.stack([x * bend, y * bend, np.ones_like(x)], axis=-1)
    d /= np.sqrt(dot3(d, d))[..., None]
    return d @ cam.rot.T


def _window(cam: CameraPose, solid: Solid, height: int, width: int):
    """Pixel window that surely holds the solid's bounding sphere; None when it is behind the camera."""
    c = cam.rot.T @ (solid.pos - cam.pos)
    r = solid.bound * 1.02
    if c[2] < -r:
        return None
    if c[2] < r * 1.5:
        return 0, height, 0, width
    focal = width / 2 / np.tan(cam.fov_rad / 2)
    depth = c[2] - r
    pad = (r * focal / depth) * 1.25 + 0.02 * width
    px = width * (0.5 + cam.centre[0]) + focal * c[0] / c[2] * 1.0
    py = height / 2 + width * cam.centre[1] + focal * c[1] / c[2]
    # radial distortion moves points by at most k1·r³
    far2 = (c[0] / c[2]) ** 2 + (c[1] / c[2]) ** 2
    pad += abs(cam.k1) * far2 ** 1.5 * focal * 1.5
    x0, x1 = int(max(0, px - pad)), int(min(width, px + pad + 1))
    y0, y1 = int(max(0, py - pad)), int(min(height, py + pad + 1))
    return (y0, y1, x0, x1) if x0 < x1 and y0 < y1 else None


def cast(scene: Scene, dirs: np.ndarray):
    """First hits: depth, solid index (−1 for none), world normal and pattern mix, each per ray."""
    height, width, _ = dirs.shape
    depth = np.full((height, width), FAR, np.float32)
    index = np.full((height, width), -1, np.int32)
    normal = np.zeros((height, width, 3), np.float32)
    mix = np.zeros((height, width), np.float32)
    for i, solid in enumerate(scene.solids):
        win = _window(scene.camera, solid, height, width) if solid.kind != "room" else (0, height, 0, width)
        if win is None:
            continue
        y0, y1, x0, x1 = win
        d = dirs[y0:y1, x0:x1].reshape(-1, 3) @ solid.rot
        o = (scene.camera.pos - solid.pos) @ solid.rot
        t = intersect(solid, o, d).reshape(y1 - y0, x1 - x0)
        closer = t < depth[y0:y1, x0:x1]
        if not closer.any():
            continue
        q = o + d[closer.ravel()] * t[closer][:, None]
        depth[y0:y1, x0:x1][closer] = t[closer]
        index[y0:y1, x0:x1][closer] = i
        normal[y0:y1, x0:x1][closer] = normals(solid, q) @ solid.rot.T
        m = pattern_at(solid.material, q, solid.size)
        mix[y0:y1, x0:x1][closer] = 0 if m is None else m
    return depth, index, normal, mix


def _shadow(scene: Scene, light: Light, points: np.ndarray) -> np.ndarray:
    """1 where a solid stands between the point and the light; points [n,3]."""
    toward = light.toward if light.position is None else light.position - points
    dist = None if light.position is None else np.sqrt(dot3(toward, toward))
    if dist is not None:
        toward = (toward / dist[:, None]).astype(np.float32)
    out = np.zeros(len(points), bool)
    for solid in scene.solids:
        if not solid.casts_shadow:
            continue
        rel = solid.pos - points
        along = dot3(rel, toward if dist is not None else toward[None])
        near = (along > -solid.bound) & (dot3(rel, rel) - along * along < solid.bound ** 2) & ~out
        rows = np.flatnonzero(near)
        if len(rows) == 0:
            continue
        w = np.broadcast_to(toward, points.shape)[rows]
        d = w @ solid.rot
        o = (points[rows] + w * 2e-3 - solid.pos) @ solid.rot
        t = intersect(solid, o, d)
        out[rows] = (t < (FAR if dist is None else dist[rows])) & (t > EPS)
    return out.astype(np.float32)


def _soften(mask: np.ndarray, radius: int) -> np.ndarray:
    for axis in (0, 1):
        if radius > 0:
            padded = np.pad(mask, [(radius, radius) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
            parts = [np.take(padded, range(k, k + mask.shape[axis]), axis=axis) for k in range(2 * radius + 1)]
            mask = np.mean(parts, axis=0)
    return mask


def shade(scene: Scene, dirs, depth, index, normal, mix, rng) -> np.ndarray:
    """Lambert and Blinn-Phong light, hemisphere ambient, softened shadows."""
    mats = [s.material for s in scene.solids]
    a, b = np.stack([m.a for m in mats]), np.stack([m.b for m in mats])
    gloss, hard = np.array([m.gloss for m in mats], np.float32), np.array([m.hardness for m in mats], np.float32)
    hit = index >= 0
    ix = np.maximum(index, 0)
    albedo = a[ix] + (b[ix] - a[ix]) * mix[..., None]
    points = scene.camera.pos + dirs * np.minimum(depth, 20)[..., None]
    flip = np.sign(-dot3(normal, dirs)[..., None])
    normal = normal * np.where(flip == 0, 1, flip)
    up = 0.5 + 0.5 * normal[..., 2:3] * rng.uniform(0, 0.7)
    light = scene.ambient * up * 1.3
    shine = np.zeros_like(albedo)
    for lamp in scene.lights:
        toward = lamp.toward if lamp.position is None else lamp.position - points
        fall = 1.0
        if lamp.position is not None:
            dist = np.sqrt(dot3(toward, toward))[..., None]
            toward, fall = toward / dist, np.clip(1.0 / (0.3 + dist * dist), 0, 2.0)
        facing = np.clip(dot3(normal, np.broadcast_to(toward, normal.shape)), 0, 1)[..., None]
        if lamp.shadow > 0:
            coarse = points[::SUPER, ::SUPER]
            dark = _shadow(scene, lamp, (coarse + normal[::SUPER, ::SUPER] * 1e-3).reshape(-1, 3)).reshape(coarse.shape[:2])
            dark = _soften(dark, int(rng.choice([0, 0, 1, 2])))
            facing = facing * (1 - lamp.shadow * np.repeat(np.repeat(dark, SUPER, 0), SUPER, 1))[..., None]
        light = light + lamp.colour * facing * fall
        half = toward - dirs
        half = half / np.maximum(np.sqrt(dot3(half, half))[..., None], 1e-6)
        spec = np.clip(dot3(normal, half), 0, 1) ** hard[ix] * gloss[ix]
        shine = shine + (spec[..., None] * (facing > 0)) * lamp.colour
    image = albedo * light + shine
    return np.where(hit[..., None], image, scene.sky * (0.7 + 0.3 * value_noise(dirs[..., 0] * 3, dirs[..., 2] * 3, 5))[..., None])


def render(scene: Scene, rng, height=120, width=160):
    """Linear RGB [height,width,3] float32 and labels [height,width] uint8."""
    dirs = ray_grid(scene.camera, height * SUPER, width * SUPER)
    depth, index, normal, mix = cast(scene, dirs)
    image = shade(scene, dirs, depth, index, normal, mix, rng)
    image = sum(image[i::SUPER, j::SUPER] for i in range(SUPER) for j in range(SUPER)) / SUPER ** 2
    table = np.array([s.label for s in scene.solids] + [0], np.uint8)
    labels = table[index]
    fine = [labels[i::SUPER, j::SUPER] for i in range(SUPER) for j in range(SUPER)]
    votes = [sum((f == c).astype(np.int8) for f in fine) * 4 + c for c in range(3)]  # ties go to the rarer class
    return image.astype(np.float32), np.argmax(votes, axis=0).astype(np.uint8)
