"""Noise and bias of an estimate of the gradient, separated: noise differs between parts of the images, bias does not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neurosim.experiment.checks.differences import contrast
from neurosim.experiment.checks.settling import settle
from neurosim.learning.estimator import built_in
from neurosim.learning.phases import run_phases
from neurosim.learning.rule import gradient

if TYPE_CHECKING:
    from neurosim.experiment.checks.case import CheckCase

SMALL = 1e-3    #: beta of the rate network, at which hardly a unit reaches or leaves a clip


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """How an estimate points along the gradient.

    cosine : of the estimate over all parts; shared : without the part of it that differs between them, the noise [1]
    """

    cosine: float
    shared: float


def likeness(estimates: Sequence[np.ndarray], truths: Sequence[np.ndarray]) -> Likeness:
    """Compare the estimates g_k of K >= 2 parts of equal size with their gradients G_k; returns Likeness.

        cosine = a / |g|,    shared = a / sqrt(max(|g|^2 - n^2, a^2)),    a = <g, G> / |G|
        n^2 = sum_k |r_k - r|^2 / (K (K - 1)),    r_k = g_k - G_k

    g, G, r are means over the parts, n is the standard error of r, and what is left without the noise is at least as
    long as its part a along the gradient.

    raises : ValueError for less than two parts, between which nothing can differ
    """
    parts = len(estimates)
    if parts < 2:
        raise ValueError(f"likeness: {parts} part of the images cannot differ from another; give 2 or more")
    found, true = np.asarray(estimates).reshape(parts, -1), np.asarray(truths).reshape(parts, -1)
    rest, estimate, truth = found - true, found.mean(axis=0), true.mean(axis=0)
    noise = np.sum((rest - rest.mean(axis=0)) ** 2) / (parts * (parts - 1))
    along, whole = np.vdot(estimate, truth) / np.linalg.norm(truth), np.vdot(estimate, estimate)
    return Likeness(cosine=float(along / np.sqrt(whole)),
                    shared=float(along / np.sqrt(max(whole - noise, along ** 2))))


def in_parts(case: CheckCase, parts: int) -> list[CheckCase]:
    """Return the same CheckCase `parts` times, each with a part of its images."""
    return [dataclasses.replace(case, images=images, targets=targets)
            for images, targets in zip(np.array_split(case.images, parts), np.array_split(case.targets, parts))]


def true_gradients(parts: Sequence[CheckCase]) -> list[dict[str, np.ndarray]]:
    """Return the gradient of the rate network on each part, a list of dicts of arrays by connection and layer."""
    rate = parts[0].rate()
    return [contrast(rate, part, settle(rate, part.still), built_in("centred", "free", SMALL))[0] for part in parts]


def likenesses(parts: Sequence[CheckCase], truths: Sequence[dict[str, np.ndarray]]) -> dict[str, Likeness]:
    """Estimate the gradient of each part as its Phases say; returns the Likeness of the weights of every connection."""
    engine = parts[0].engine()
    found = [gradient(engine, run_phases(engine, part.images, part.targets, part.phases)).weights for part in parts]
    return {name: likeness([one[name] for one in found], [one[name] for one in truths]) for name in found[0]}
