"""Draw the figures of docs/model.md and docs/architecture.md: an energy and its phases, spikes, an array, the packages.

    python docs/figures/concepts.py

Run time: 5 s, and 15 s once to compile. Every curve is computed by neurosim; the packages are those of setup.cfg.
"""

from configparser import ConfigParser
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyBboxPatch

from neurosim import EventsEngine, IdealSynapses, Network, Neurons, Nudge, dense, device_panel, load_device
from neurosim.plots.style import COLOURS, finish, save

# Parameters: a network of one input, one hidden unit and one output, whose target is 1
HERE = Path(__file__).parent
INPUT, WEIGHTS, BIAS, TARGET, BETA = 0.5, (0.9, 0.5), 0.1, 1.0, 0.3
FREE, NUDGED, WINDOW = 20, 20, 8
SPIKING_STEPS, LAM = 80, 0.4
FREE_COLOUR, PLUS, MINUS = "black", COLOURS[0], COLOURS[1]


# Solver
def network(kind, source, **more):
    """Engine of the network, with its weights, and a State at rest."""
    graph = Network([dense(1, name="hidden"), dense(1, name="output")], (1,), Neurons(kind=kind, **more), input=source)
    engine = EventsEngine(graph, dtype=np.float64)
    weights = {name: np.full_like(values, weight) for (name, values), weight
               in zip(graph.initial_weights(seed=0).items(), WEIGHTS)}
    biases = {name: np.full_like(values, BIAS if name == "output" else 0)
              for name, values in graph.initial_biases().items()}
    engine.load(IdealSynapses(weights).effective(), biases)
    return engine, engine.rest(1)


def followed(engine, state, steps, beta=0.0):
    """States and signals after every step, both (steps, units); `state` is MUTATED."""
    nudge = Nudge(beta, np.full((1, 1), TARGET)) if beta else None
    rows = [(state.x[0].copy(), state.s[0].copy())
            for _ in engine.follow(state, np.full((1, 1), INPUT), steps, nudge=nudge)]
    return np.array(rows).swapaxes(0, 1)


def energy(hidden, output):
    """E = 1/2 h^2 + 1/2 o^2 - w1 u h - w2 h o - b o."""
    return (hidden ** 2 + output ** 2) / 2 - WEIGHTS[0] * INPUT * hidden - WEIGHTS[1] * hidden * output - BIAS * output


# Figures
def phases():
    """The energy over both states with the paths of three phases, and the output over time."""
    engine, state = network("rate", "analog", epsilon=0.35)
    units = [engine.slices[name].start for name in ("hidden", "output")]
    free = np.vstack([[[0, 0]], followed(engine, state, FREE)[0][:, units]])
    nudged = {beta: np.vstack([free[-1:], followed(engine, state.copy(), NUDGED, beta)[0][:, units]])
              for beta in (BETA, -BETA)}
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
    grid = np.meshgrid(np.linspace(-0.05, 1.05, 200), np.linspace(-0.1, 1.05, 200))
    left.contour(*grid, energy(*grid), levels=24, cmap="Greys_r", linewidths=0.7)
    left.plot(*free.T, "o-", color=FREE_COLOUR, markersize=3, label="free phase")
    time = np.arange(FREE + 1)
    right.plot(time, free[:, 1], "o-", color=FREE_COLOUR, markersize=3)
    for (beta, path), colour, marker, word in zip(nudged.items(), (PLUS, MINUS), "^v", ("towards", "away from")):
        label = f"{word} the label, beta = {beta:+g}"
        left.plot(*path.T, color=colour, marker=marker, markersize=4, label=label)
        right.plot(FREE + np.arange(NUDGED + 1), path[:, 1], color=colour, marker=marker, markersize=4)
    right.axvspan(FREE + NUDGED - WINDOW, FREE + NUDGED, color="0.9", zorder=0)
    right.text(FREE + NUDGED - WINDOW / 2, 0.3, "window", ha="center", fontsize="small")
    right.axhline(TARGET, color="0.5", linestyle=":")
    right.text(0, TARGET - 0.02, "label", va="top", fontsize="small")
    left.set(xlabel="state of the hidden unit [1]", ylabel="state of the output [1]", title="Energy E, and three paths")
    right.set(xlabel="time step", ylabel="state of the output [1]", ylim=(0, 1.05), title="The same paths over time")
    left.legend(loc="upper left", fontsize="small")
    finish(right)
    return figure


def spikes():
    """State of the hidden unit, its spikes, and the mean of those so far."""
    engine, state = network("spiking", "spikes", lam=LAM, epsilon=0.5)
    states, sent = (values[:, engine.slices["hidden"].start] for values in followed(engine, state, SPIKING_STEPS))
    time = np.arange(1, SPIKING_STEPS + 1)
    figure, (upper, lower) = plt.subplots(2, figsize=(7, 4.2), height_ratios=[2, 1], sharex=True, layout="constrained")
    upper.plot(time, states, color=COLOURS[0], label="state x")
    upper.plot(time, sent.cumsum() / time, color=COLOURS[1], label="mean of the spikes so far")
    upper.vlines(time[sent > 0], -0.16, -0.05, color="black", label="spikes")
    upper.set(ylabel="state [1]", ylim=(-0.2, 1.3), title="A sigma-delta neuron: its spikes average to its state")
    upper.legend(loc="upper left", ncols=3, fontsize="small")
    difference = np.abs(np.cumsum(sent - states.clip(0, 1))) / time
    lower.semilogy(time, difference.clip(1e-4), ".", color="black", label="|mean spikes - mean state|")
    lower.semilogy(time, ((1 - LAM) / LAM + 0.5) / time, color=COLOURS[1], label="((1 - lam) / lam + 1/2) / T")
    lower.set(xlabel="time step T", ylabel="difference [1]", ylim=(1e-4, 3))
    lower.legend(loc="lower left", ncols=2, fontsize="small")
    for axes in (upper, lower):
        finish(axes)
    return figure


def array():
    """Pairs of devices at the crossings of word and bit lines, read in both directions, and how pulses move one."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), width_ratios=[1.25, 1], layout="constrained")
    random, rows, columns = np.random.default_rng(2), 4, 3
    for row in range(rows):
        left.plot([-0.6, 2 * columns - 0.4], [row, row], color="0.6", zorder=1)
    for column in range(2 * columns):
        left.plot([column, column], [-0.6, rows - 0.4], color=COLOURS[column % 2], zorder=1, alpha=0.6)
    for column in range(columns):
        left.text(2 * column, rows - 0.3, "$G_+$", ha="center", fontsize="small")
        left.text(2 * column + 1, rows - 0.3, "$G_-$", ha="center", fontsize="small")
    place = np.stack(np.meshgrid(np.arange(2 * columns), np.arange(rows)), axis=-1).reshape(-1, 2)
    shown = left.scatter(*place.T, s=150, c=random.uniform(0.2, 12, len(place)), cmap="cividis", vmin=0, vmax=12.3,
                         edgecolors="black", zorder=2)
    figure.colorbar(shown, ax=left, label="conductance [uS]", shrink=0.8)
    for ends, at, words in (((-1.9, -0.7), 2.0, "forward:\nspikes in"), ((-0.7, -1.9), 0.7, "backward:\nsums out")):
        left.annotate("", (ends[1], at), (ends[0], at), arrowprops={"arrowstyle": "->", "color": "black"})
        left.text(-1.3, at + 0.12, words, ha="center", fontsize="small")
    for at, ends, words in ((0.5, (-0.7, -1.4), "forward:\nsums out"), (3.5, (-1.4, -0.7), "backward:\nspikes in")):
        left.annotate("", (at, ends[1]), (at, ends[0]), arrowprops={"arrowstyle": "->", "color": "black"})
        left.text(at + 0.2, -1.05, words, va="center", fontsize="small")
    left.set(xlim=(-2.2, 2 * columns - 0.2), ylim=(-1.7, rows + 0.3), aspect="equal",
             title="One weight, two devices: w = ($G_+ - G_-$) / unit")
    left.axis("off")
    device_panel(load_device("choi-2018-epiram"), "response", ax=right)
    return figure


def packages():
    """The packages of setup.cfg as floors: each imports only from those below it."""
    settings = ConfigParser()
    settings.read(HERE.parents[1] / "setup.cfg", encoding="utf-8")
    floors = [[name.strip().removeprefix("neurosim.") for name in line.split("|")]
              for line in settings["importlinter:contract:packages"]["layers"].split("\n") if line.strip()]
    figure, axes = plt.subplots(figsize=(9, 0.4 * len(floors) + 0.1), layout="constrained")
    for height, floor in enumerate(reversed(floors)):
        share = np.array([len(name) + 3 for name in floor]) / sum(len(name) + 3 for name in floor)
        for begin, width, name in zip(np.cumsum(share) - share, share, floor):
            axes.add_patch(FancyBboxPatch((begin + 0.006, height + 0.1), width - 0.012, 0.75, linewidth=0.8,
                                          boxstyle="round,pad=0,rounding_size=0.01", facecolor="0.95", edgecolor="0.3"))
            axes.text(begin + width / 2, height + 0.47, name, ha="center", va="center",
                      fontsize=9 if len(floor) < 6 else 7)
    axes.set(xlim=(0, 1), ylim=(0, len(floors)))
    axes.axis("off")
    return figure


FIGURES = {"model-phases": phases, "model-spikes": spikes, "model-array": array, "packages": packages}

# Main
if __name__ == "__main__":
    for name, draw in FIGURES.items():
        save(draw(), HERE / f"{name}.png")
