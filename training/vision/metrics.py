"""Confusion counts, IoU, bootstrap intervals and rank correlation, with numpy alone."""

from __future__ import annotations

import numpy as np


class Confusion:
    """Pixel counts [truth, predicted] over many images."""

    def __init__(self, classes: int) -> None:
        self.table = np.zeros((classes, classes), np.int64)

    def add(self, predicted: np.ndarray, truth: np.ndarray) -> None:
        k = len(self.table)
        self.table += np.bincount((truth.astype(np.int64) * k + predicted).ravel(), minlength=k * k).reshape(k, k)

    def iou(self) -> np.ndarray:
        return iou_of(self.table)


def iou_of(table: np.ndarray) -> np.ndarray:
    """IoU per class of confusion tables [..., k, k]; 1 where a class is in neither."""
    both = np.diagonal(table, axis1=-2, axis2=-1)
    either = table.sum(-1) + table.sum(-2) - both
    return np.where(either > 0, both / np.maximum(either, 1), 1.0)


def interval(values: np.ndarray, statistic, draws: int = 1000, seed: int = 5) -> list[float]:
    """95 % percentile bootstrap over the first axis (images)."""
    rng = np.random.default_rng(seed)
    n = len(values)
    drawn = [statistic(values[rng.integers(n, size=n)]) for _ in range(draws)]
    return [float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975))]


def ranks(v: np.ndarray) -> np.ndarray:
    out = np.empty(len(v))
    out[np.argsort(v, kind="stable")] = np.arange(len(v))
    return out


def pearson(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a, b)[0, 1])


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    return pearson(ranks(a), ranks(b))
