"""What a configuration says about arrays and their readout."""

from dataclasses import dataclass
from typing import Literal

from neurosim.cards import Entry, check_numbers
from neurosim.crossbar.tiling import Tiling

_WIRE = Entry("ohm", 1e-6, 1e6, least="the resistance of a wire of superconductors", most="that of an open line",
              off=True)
_STEPS = Entry("1", 0, 100, most="steps of a converter that has few more in all")
#: Bounds of the numbers of both sections.
_ARRAY = {
    "mux": Entry("1", 1, 65536, most="the lines of the largest tile"),
    **dict.fromkeys(("word_line", "bit_line", "driver", "sense"), _WIRE),
    "refresh": Entry("1", 0, 1, most="the whole range, so that IR drop would never be solved again"),
}
_READOUT = {
    "bits": Entry("1", 1, 16), "dac_bits": Entry("1", 0, 16),
    "range": Entry("1", 1e-3, 1e4, least="a part of the largest weight",
                   most="more than the sum of all rows of a tile"),
    "margin": Entry("1", 0.01, 100), "dac_range": Entry("1", 1e-3, 1e3),
    "offset": _STEPS, "comparator": _STEPS,
    "gain": Entry("1", 0, 0.5, most="where every fortieth converter would turn the sign"),
    "leak": Entry("1", 0, 0.99, most="which leaves nothing to read"),
    "seconds": Entry("s", 1e-12, 1, least="shorter than any circuit", most="the longest read of a device"),
}


@dataclass(frozen=True, kw_only=True)
class ArrayOptions:
    """The section [array]: tiles and their wires.

    tile : word lines and bit lines of a tile
    mux : lines that share a converter
    word_line, bit_line : resistance of a wire from cell to cell [ohm]
    driver, sense : resistance of the terminal that drives a line, and of the one that senses it [ohm]
    refresh : IR drop is solved again once the conductances of a tile have moved by this part of g_max - g_min, root
        mean square; until then every device keeps its attenuation; 0 = after every update [1]
    pulses : "full", every pulse has its full voltage, or "local", wires take their part of it
    """

    tile: int = 128
    mux: int = 8
    word_line: float = 0.0
    bit_line: float = 0.0
    driver: float = 0.0
    sense: float = 0.0
    refresh: float = 0.01
    pulses: Literal["full", "local"] = "full"

    def __post_init__(self) -> None:
        check_numbers(self, "array", _ARRAY)
        Tiling(size=self.tile)

    @property
    def wired(self) -> bool:
        """Whether any wire or terminal has a resistance."""
        return any((self.word_line, self.bit_line, self.driver, self.sense))


@dataclass(frozen=True, kw_only=True)
class ReadoutOptions:
    """The section [readout]: what turns signals into voltages, and sums of currents into numbers.

    kind : "ideal", an amplifier; "adc"; or "integrate-and-fire", which counts charges that it gives off
    bits : of a converter, 1 to 16
    range : full scale in units of the largest weight of the connection [1]; "calibrated": the one that converts the
        sums of a few training images with the least squared error, what it clips and what it rounds together, one for
        each connection and direction; "tile": the same for every row of tiles. Both follow the weights as they learn
    margin : factor on calibrated ranges [1]
    architecture : "sar" or "ramp", which decides about energy and time only
    offset : spread of the offsets of converters [steps]; gain : spread of their gains [1]
    leak : part of the charge that is lost until an integrator is read [1]
    comparator : noise of the comparator [steps]
    dac_bits : of the drivers of lines that carry states instead of spikes; 0 = exact; dac_range : their range [1]
    negative : how signals below 0 drive a line: with the opposite voltage, "two-sided", or with the voltage of the
        others in a second read, whose sums are taken off, "two-cycles"
    noise : read noise "off"; "fresh", drawn for every read; or "frozen", the same in all reads of a line
    seconds : duration of a read [s]; the noise bandwidth is 1 / (2 seconds)
    """

    kind: Literal["ideal", "adc", "integrate-and-fire"] = "ideal"
    bits: int = 8
    range: float | Literal["calibrated", "tile"] = "calibrated"
    margin: float = 1.0
    architecture: Literal["sar", "ramp"] = "sar"
    offset: float = 0.0
    gain: float = 0.0
    leak: float = 0.0
    comparator: float = 0.0
    dac_bits: int = 0
    dac_range: float = 1.0
    negative: Literal["two-sided", "two-cycles"] = "two-sided"
    noise: Literal["off", "frozen", "fresh"] = "off"
    seconds: float = 10e-9

    def __post_init__(self) -> None:
        check_numbers(self, "readout", _READOUT)

    @property
    def exact(self) -> bool:
        """Whether sums become numbers without loss, so that it does not matter where they are converted."""
        return self.kind == "ideal" and self.noise == "off" and not (self.gain or self.dac_bits)
