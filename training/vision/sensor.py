"""From linear light to what a camera delivers: exposure, white balance, blur, noise, compression, tone."""

from __future__ import annotations

import numpy as np

_DCT = np.array([[np.sqrt((1 if k == 0 else 2) / 8) * np.cos(np.pi * (2 * n + 1) * k / 16) for n in range(8)] for k in range(8)], np.float32)


def _blur(image: np.ndarray, sigma: float, axes=(0, 1)) -> np.ndarray:
    radius = max(1, int(np.ceil(2 * sigma)))
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    for axis in axes:
        pad = [(radius, radius) if a == axis else (0, 0) for a in range(image.ndim)]
        padded = np.pad(image, pad, mode="edge")
        image = sum(k * np.take(padded, range(i, i + image.shape[axis]), axis=axis) for i, k in enumerate(kernel))
    return image


def _jpeg_like(image: np.ndarray, strength: float) -> np.ndarray:
    """8×8 DCT blocks with coarse quantisation, coarser for colour."""
    h, w, _ = image.shape
    y = image.mean(axis=2, keepdims=True)
    out = np.zeros_like(image)
    ramp = 1 + np.add.outer(np.arange(8), np.arange(8)) * 0.9
    for plane, factor in ((y, 1.0), (image - y, 2.5)):
        t = plane.reshape(h // 8, 8, w // 8, 8, -1).transpose(0, 2, 4, 1, 3)
        q = strength * factor * ramp
        t = np.round((_DCT @ t @ _DCT.T) / q) * q
        t = (_DCT.T @ t @ _DCT).transpose(0, 3, 1, 4, 2).reshape(h, w, -1)
        out = out + t
    return out


def capture(linear: np.ndarray, rng) -> np.ndarray:
    """uint8 sRGB-like image of the same size; every effect is drawn from `rng`."""
    h, w, _ = linear.shape
    level = np.percentile(linear.mean(axis=2), 60)
    image = linear * (rng.uniform(0.12, 0.62) / max(float(level), 1e-3)) ** rng.uniform(0.6, 1.0)
    if rng.random() < 0.6:
        image = image * np.clip(rng.normal(1, 0.12, 3), 0.6, 1.5)
    if rng.random() < 0.4:
        yy, xx = np.mgrid[-1:1:h * 1j, -1:1:w * 1j]
        image = image * (1 - rng.uniform(0, 0.5) * (xx ** 2 + yy ** 2) / 2)[..., None]
    if rng.random() < 0.45:
        image = _blur(image, rng.uniform(0.3, 1.1))
    if rng.random() < 0.08:
        image = _blur(image, rng.uniform(0.8, 1.8), axes=(int(rng.integers(2)),))
    image = np.maximum(image, 0)
    if rng.random() < 0.6:
        image = image + rng.normal(size=image.shape) * np.sqrt(image + 0.003) * rng.uniform(0.0, 0.06)
    image = np.clip(image, 0, None)
    if rng.random() < 0.3:
        image = image / (1 + image * rng.uniform(0.2, 0.8))  # soft shoulder
    image = np.clip(image, 0, 1) ** (1 / rng.uniform(1.8, 2.6))
    if rng.random() < 0.3:
        image = np.clip(0.5 + (image - 0.5) * rng.uniform(0.65, 1.3) + rng.uniform(-0.1, 0.1), 0, 1)
    grey = image.mean(axis=2, keepdims=True)
    image = grey + (image - grey) * rng.uniform(0.6, 1.25)
    if rng.random() < 0.35:
        image = _jpeg_like(image, rng.uniform(0.01, 0.06))
    if rng.random() < 0.4:  # noise that the debayering smeared
        image = image + _blur(rng.normal(size=image.shape), 0.6) * rng.uniform(0, 0.04)
    if rng.random() < 0.5:
        image = image + rng.normal(size=image.shape) * rng.uniform(0, 0.02)
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
