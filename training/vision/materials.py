"""Colours and surface patterns. A pattern maps local points to 0..1, the share of the second colour."""

from __future__ import annotations

import colorsys

import numpy as np

from shapes import Material

TRAIN_TABLE_PATTERNS = ("plain", "plain", "wood", "wood", "planks", "checker", "noise", "gradient", "speckle",
                        "stripes", "tiles")
HELD_OUT_TABLE_PATTERNS = ("dots", "herringbone", "cells", "rings")
CALM_TABLE_PATTERNS = ("plain", "plain", "plain", "wood", "wood", "planks", "speckle", "noise", "gradient", "tiles")
OBJECT_PATTERNS = ("plain", "plain", "plain", "plain", "plain", "stripes", "noise", "gradient", "frame", "checker")


def hsv(h: float, s: float, v: float) -> np.ndarray:
    """sRGB-like hue, saturation, value to linear RGB."""
    return np.array(colorsys.hsv_to_rgb(h % 1.0, s, v), np.float32) ** 2.2


def any_colour(rng, sat=(0.0, 1.0), val=(0.1, 1.0)) -> np.ndarray:
    return hsv(rng.random(), rng.uniform(*sat), rng.uniform(*val))


def block_colour(rng) -> np.ndarray:
    return any_colour(rng, (0.55, 1.0), (0.35, 1.0)) if rng.random() < 0.72 else any_colour(rng, (0, 0.55), (0.12, 1))


def robot_colour(rng) -> np.ndarray:
    """Mostly white, grey and black; some orange, blue, yellow; some of any hue."""
    kind = rng.random()
    if kind < 0.62:
        return any_colour(rng, (0, 0.1), (0.08, 1.0))
    if kind < 0.8:
        return hsv(rng.choice([0.06, 0.6, 0.13, 0.0, 0.35]) + rng.normal(0, 0.02), rng.uniform(0.6, 1), rng.uniform(0.5, 1))
    return any_colour(rng)


def skin_colour(rng) -> np.ndarray:
    if rng.random() < 0.25:
        return any_colour(rng)  # a glove
    return hsv(rng.uniform(0.02, 0.09), rng.uniform(0.25, 0.65), rng.uniform(0.25, 0.98))


def material(rng, colour, patterns=OBJECT_PATTERNS, contrast=None, scale=(0.008, 0.06), gloss=0.5, wild=0.25) -> Material:
    """A material around `colour`; the second colour is a shade of it or, with probability `wild`, any other."""
    pattern = str(rng.choice(patterns))
    k = rng.uniform(0.5, 1.5) if contrast is None else contrast
    second = any_colour(rng) if rng.random() < wild else np.clip(colour * k, 0, 1)
    shine = rng.uniform(0, gloss) if rng.random() < 0.5 else 0.0
    return Material(colour, second.astype(np.float32), pattern, float(np.exp(rng.uniform(*np.log(scale)))),
                    int(rng.integers(1 << 20)), float(shine), float(rng.uniform(8, 80)))


_LATTICE = np.random.default_rng(7).random((64, 64)).astype(np.float32)


def value_noise(x: np.ndarray, y: np.ndarray, seed: int) -> np.ndarray:
    """Bilinear noise on a 64×64 torus, 0..1."""
    x, y = x + seed % 61, y + (seed // 61) % 59
    xi, yi = np.floor(x), np.floor(y)
    fx, fy = x - xi, y - yi
    fx, fy = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)
    x0, y0 = xi.astype(np.int32) & 63, yi.astype(np.int32) & 63
    x1, y1 = (x0 + 1) & 63, (y0 + 1) & 63
    top = _LATTICE[y0, x0] * (1 - fx) + _LATTICE[y0, x1] * fx
    low = _LATTICE[y1, x0] * (1 - fx) + _LATTICE[y1, x1] * fx
    return top * (1 - fy) + low * fy


def _square(v: np.ndarray) -> np.ndarray:
    return (np.floor(v) % 2).astype(np.float32)


def _wood(u, v, seed):
    warp = value_noise(u * 0.15, v * 0.9, seed) * 2.2 + value_noise(u * 0.5, v * 3, seed + 5) * 0.3
    return 0.5 + 0.5 * np.sin((v + warp) * 6.28)


def _planks(u, v, seed):
    row = np.floor(v / 3)
    tone = value_noise(row * 3.7, np.floor((u + row * 7.3) / 16) * 5.1, seed)
    seam = (np.abs(v / 3 - np.round(v / 3)) < 0.02).astype(np.float32)
    return np.clip(0.6 * tone + 0.35 * _wood(u, v, seed) + seam, 0, 1)


def _cells(u, v, seed):
    iu, iv = np.floor(u / 2), np.floor(v / 2)
    best = np.full(u.shape, 9.0, np.float32)
    for du in (-1, 0, 1):
        for dv in (-1, 0, 1):
            cu, cv = iu + du, iv + dv
            px = (cu + value_noise(cu * 7.1, cv * 3.3, seed)) * 2
            py = (cv + value_noise(cu * 2.9, cv * 8.7, seed + 9)) * 2
            best = np.minimum(best, (u - px) ** 2 + (v - py) ** 2)
    return np.clip(np.sqrt(best) / 1.6, 0, 1)


def _plane_pattern(name, u, v, seed):
    if name == "wood":
        return _wood(u, v, seed)
    if name == "planks":
        return _planks(u, v, seed)
    if name == "checker":
        return (_square(u) + _square(v)) % 2
    if name == "noise":
        return 0.6 * value_noise(u * 0.5, v * 0.5, seed) + 0.4 * value_noise(u * 2.1, v * 2.1, seed + 3)
    if name == "gradient":
        return np.clip(0.5 + 0.12 * u + 0.07 * v, 0, 1)
    if name == "speckle":
        return (value_noise(u * 3, v * 3, seed) > 0.75).astype(np.float32)
    if name == "stripes":
        return _square(u)
    if name == "tiles":
        du, dv = np.abs(u / 4 - np.round(u / 4)), np.abs(v / 4 - np.round(v / 4))
        return (np.minimum(du, dv) < 0.03).astype(np.float32)
    if name == "dots":
        return ((u - np.floor(u) - 0.5) ** 2 + (v - np.floor(v) - 0.5) ** 2 < 0.09).astype(np.float32)
    if name == "herringbone":
        return _square(u * 0.5 + np.abs((v * 0.5) % 2 - 1) * 1.5)
    if name == "cells":
        return _cells(u, v, seed)
    if name == "rings":
        return 0.5 + 0.5 * np.sin(2 * np.hypot(u - seed % 11, v - seed % 7))
    return np.zeros_like(u)


def pattern_at(mat: Material, q: np.ndarray, size: tuple) -> np.ndarray | None:
    """Mix factor for local points q [n,3]; None for a plain surface."""
    if mat.pattern == "plain":
        return None
    if mat.pattern == "frame":  # a rim around each face, as on wooden toy blocks
        rel = np.sort(np.abs(q) / np.maximum(np.resize(np.asarray(size, np.float32), 3), 1e-6), axis=1)
        return (rel[:, 1] > 0.72).astype(np.float32)
    turn = (mat.seed % 628) / 100.0
    a, b = q[:, 0] + 0.37 * q[:, 2], q[:, 1] - 0.61 * q[:, 2]
    u = (a * np.cos(turn) - b * np.sin(turn)) / mat.scale
    v = (a * np.sin(turn) + b * np.cos(turn)) / mat.scale
    return _plane_pattern(mat.pattern, u, v, mat.seed)
