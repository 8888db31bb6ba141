"""An array as a netlist that ngspice runs: devices, wires, drivers and sense lines; and what ngspice says of it.

Word line i enters at the left through its terminal, bit line j leaves at the foot through its own, see
`crossbar.wires.Wires`. The source of word line i is vr<i>, that of bit line j is vc<j>; ngspice counts the current of a
source from its + to its - inside the source, so that -i(vr<i>) enters the word line and i(vc<j>) leaves the bit line.
Parts of zero ohm are not elements: the nodes at their ends are one.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.crossbar.wires.cells import Cubic, Linear, PooleFrenkel, Sinh, WithSelector
from neurosim.crossbar.wires.geometry import Wires, checked
from neurosim.crossbar.wires.solution import Solution

#: Cells above which a netlist must be asked for, and bytes of text that one cell takes.
LARGE, BYTES_PER_CELL = 2**18, 130
#: Without these ngspice stops at a thousandth.
_OPTIONS = ".options reltol=1e-9 abstol=1e-18 vntol=1e-13 gmin=1e-18 itl1=500"
_CURRENT = re.compile(r"^i\(v([rc])(\d+)\)\s*=\s*([-+.\deE]+)\s*$", re.MULTILINE)
_SECONDS = 600


def netlist(conductances: np.ndarray, wires: Wires, row_voltages: float | np.ndarray,
            column_voltages: float | np.ndarray = 0.0, *, direction: str = "forward", cells: Any = Linear(),
            title: str = "array") -> str:
    """Write an array with voltages at its terminals as a netlist for `ngspice -b`; returns its text.

    The arguments are those of `crossbar.wires.solve`: conductances (m, n) [S], 0 is an open device and no element;
    voltages are numbers, (m) or (n) [V], NaN leaves a line without a source; cells : Linear(), Cubic, Sinh,
    PooleFrenkel or WithSelector; title : first line
    raises : ValueError for bad input
    """
    array = checked(conductances)
    m, n = array.shape
    rows = np.broadcast_to(np.asarray(row_voltages, float), (m,))
    columns = np.broadcast_to(np.asarray(column_voltages, float), (n,))
    left, bottom = wires.terminals(direction)
    word = (m, n, left + float(wires.word_line), float(wires.word_line))
    bit = (n, m, bottom + float(wires.bit_line), float(wires.bit_line))
    named = " ".join(ascii(title)[1:-1].split())
    lines = [f"* {named}: {m} word lines, {n} bit lines, {direction}",
             f"* word line {wires.word_line:g} ohm and bit line {wires.bit_line:g} ohm from cell to cell, terminals "
             f"{left:g} ohm and {bottom:g} ohm", _OPTIONS]
    for kind, voltages in (("r", rows), ("c", columns)):
        lines += [f"v{kind}{k} {kind}{k} 0 dc {float(volt)!r}" for k, volt in enumerate(voltages) if not np.isnan(volt)]
    lines += [*_wire("w", "r", word), *_wire("b", "c", bit)]
    for i in range(m):
        for j in range(n):
            if array[i, j]:
                ends = _node("w", "r", word, i, j), _node("b", "c", bit, j, m - 1 - i)
                lines += _device(f"{i}x{j}", *ends, float(array[i, j]), cells)
    sources = [f"print i(v{kind}{k})" for kind, voltages in (("r", rows), ("c", columns))
               for k, volt in enumerate(voltages) if not np.isnan(volt)]
    return "\n".join([*lines, ".control", "set numdgt=15", "op", *sources, ".endc", ".end"]) + "\n"


def _node(letter: str, source: str, line: tuple[int, int, float, float], k: int, cell: int) -> str:
    """Node of line k at a cell, counted from its terminal; the first node before it from which no resistor parts it.

    line : number of lines of one kind, cells of each, resistance of the part at the terminal and of the others [ohm]
    """
    _, _, first, segment = line
    place = cell if segment else 0
    return f"{letter}{k}x{place}" if first or place else f"{source}{k}"


def _wire(letter: str, source: str, line: tuple[int, int, float, float]) -> Iterator[str]:
    count, length, first, segment = line
    for k in range(count):
        if first:
            yield f"r{letter}{k}x0 {source}{k} {letter}{k}x0 {first!r}"
        if segment:
            for cell in range(1, length):
                before = _node(letter, source, line, k, cell - 1)
                yield f"r{letter}{k}x{cell} {before} {letter}{k}x{cell} {segment!r}"


def _device(name: str, upper: str, lower: str, conductance: float, cells: Any) -> list[str]:
    """Return the elements of one cell, from its word line to its bit line."""
    if isinstance(cells, WithSelector):
        inner = f"s{name}"
        return [*_device(f"{name}c", upper, inner, conductance, cells.cell),
                *_device(f"{name}s", inner, lower, cells.selector_conductance, cells.selector)]
    if isinstance(cells, Linear):
        return [f"rd{name} {upper} {lower} {1 / conductance!r}"]
    volt = f"v({upper},{lower})"
    if isinstance(cells, Cubic):
        law = f"{volt}*(1+{cells.a!r}*{volt}*{volt})"
    elif isinstance(cells, Sinh):
        law = f"{cells.v_0!r}*sinh({volt}/{cells.v_0!r})"
    elif isinstance(cells, PooleFrenkel):
        offset = float(np.sqrt(cells.v_read / cells.v_0))
        law = f"{volt}*exp(sqrt(abs({volt})/{cells.v_0!r}+1e-24)-{offset!r})"
    else:
        raise ValueError(f"cells: {type(cells).__name__} has no form in a netlist; use Linear, Cubic, Sinh, "
                         "PooleFrenkel or WithSelector")
    return [f"bd{name} {upper} {lower} i={conductance!r}*{law}"]


def with_expected(text: str, solution: Solution) -> str:
    """Return a netlist with what neurosim expects at its terminals, as comments in front of its control section."""
    said = ["* neurosim expects, as ngspice prints them:",
            *(f"* i(vr{k}) = {-current:.15e}" for k, current in enumerate(solution.row_currents)),
            *(f"* i(vc{k}) = {current:.15e}" for k, current in enumerate(solution.column_currents))]
    head, control, tail = text.partition(".control\n")
    return "\n".join([head.rstrip("\n"), *said, control]) + tail


def difference(text: str, solution: Solution) -> float:
    """Let ngspice run a netlist; returns the largest difference to a Solution, over its largest terminal current."""
    rows, columns = terminal_currents(text, solution.device_currents.shape)
    expected = np.concatenate([solution.row_currents, solution.column_currents])
    largest = np.abs(expected).max()
    return float(np.nanmax(np.abs(np.concatenate([rows, columns]) - expected)) / (largest or 1.0))


def has_ngspice() -> bool:
    """Return whether ngspice can be run here."""
    return shutil.which("ngspice") is not None


def terminal_currents(text: str, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Let ngspice run a netlist of an array of `shape` (m, n); returns currents that enter the word lines (m) and leave
    the bit lines (n) [A], NaN for lines without a source.

    raises : ValueError where there is no ngspice, or where it finds no operating point
    """
    if not has_ngspice():
        raise ValueError("ngspice: is not installed here; install the package ngspice of your system")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "array.cir"
        path.write_text(text, encoding="ascii")
        try:
            done = subprocess.run(["ngspice", "-b", path.name], cwd=folder, capture_output=True, text=True,
                                  timeout=_SECONDS, stdin=subprocess.DEVNULL, errors="replace")
        except subprocess.TimeoutExpired as error:
            raise ValueError(f"ngspice: found no operating point in {_SECONDS} s; choose a smaller tile") from error
    currents = np.full(shape[0], np.nan), np.full(shape[1], np.nan)
    for kind, number, value in _CURRENT.findall(done.stdout):
        side, sign = (0, -1) if kind == "r" else (1, 1)
        if int(number) < shape[side]:
            currents[side][int(number)] = sign * float(value)
    if all(np.isnan(side).all() for side in currents):
        said = next((line for line in (done.stderr + done.stdout).splitlines() if "rror" in line), "no reason")
        raise ValueError(f"ngspice: found no operating point ({said.strip()[:200]}); open the smallest conductances, "
                         "or lower the voltages of steep cells")
    return currents
