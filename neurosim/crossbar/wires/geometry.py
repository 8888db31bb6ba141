"""The wires of an array: resistances, terminals, and the checks of what an array is made of."""

from dataclasses import dataclass, fields

import numpy as np

#: Which terminal resistance is in series with the word lines and which with the bit lines, by what the array does.
TERMINALS = {"forward": ("driver", "sense"), "backward": ("sense", "driver"), "programming": ("driver", "driver")}


@dataclass(frozen=True, kw_only=True)
class Wires:
    """Resistances of the lines of an array and of the circuits at their ends, all in ohms; zero is exact.

    Word line i enters at the left: its terminal, then one segment before every cell. Bit line j leaves at the bottom:
    one segment after every cell, then its terminal. Terminal resistances are in series with the segment beside them.
    Each line keeps its one terminal, whichever way the array is read:

    forward       word lines driven through `driver`, bit lines sensed through `sense`, behind it a virtual ground
    backward      bit lines driven through `driver`, word lines sensed through `sense`
    programming   both driven through `driver`
    """

    word_line: float = 0.0    #: segment of a word line [ohm]
    bit_line: float = 0.0     #: segment of a bit line [ohm]
    driver: float = 0.0       #: output resistance of a driver [ohm]
    sense: float = 0.0        #: input resistance of a sense amplifier [ohm]

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
                raise ValueError(f"wires.{field.name}: {value!r} is not a number; give a resistance in ohms")
            if not 0 <= value < np.inf:
                raise ValueError(f"wires.{field.name}: {value:g} ohm is not a resistance; give a finite number >= 0")

    @property
    def ideal(self) -> bool:
        """True where no part of any line resists."""
        return not any(getattr(self, field.name) for field in fields(self))

    def terminals(self, direction: str) -> tuple[float, float]:
        """Return resistances in series with the word lines and with the bit lines [ohm]; direction: a key of TERMINALS.
        """
        if direction not in TERMINALS:
            raise ValueError(f"wires: direction {direction!r} is unknown; use one of {', '.join(TERMINALS)}")
        left, bottom = TERMINALS[direction]
        return float(getattr(self, left)), float(getattr(self, bottom))


def checked(conductances: np.ndarray) -> np.ndarray:
    """Return the conductances of an array as contiguous float64 (m, n) [S]; 0 is an open device.

    Raises ValueError where they are not a matrix, or one of them is negative, infinite or not a number.
    """
    array = np.ascontiguousarray(conductances, np.float64)
    if array.ndim != 2 or not array.size:
        raise ValueError(f"wires: conductances have shape {array.shape}; give a matrix of word lines x bit lines with "
                         "at least one cell")
    wrong = ~((array >= 0) & (array < np.inf))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise ValueError(f"wires: conductance {array[row, column]:g} S of cell ({row}, {column}) is not a conductance; "
                         "give finite numbers >= 0, 0 for an open device")
    return array
