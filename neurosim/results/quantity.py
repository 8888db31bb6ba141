"""What a run file may hold: quantities with a unit and a description, plain attributes, plain names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

FORMAT = "neurosim-run"    #: attribute `format` of every run file
FORMAT_VERSION = 1         #: newest attribute `format_version` that this package writes and reads

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}")


class RunFileError(ValueError):
    """A run file cannot be read or written; the message is one sentence for the user."""


@dataclass(frozen=True, eq=False)
class Quantity:
    """Numbers or text with what they mean.

    data : array of bool, int, float, complex or str, any shape; or one such value
    unit : str, SI unit, "1" where there is none
    description : str, one line
    """

    data: Any
    unit: str
    description: str

    def __post_init__(self) -> None:
        for field in ("unit", "description"):
            text = getattr(self, field)
            if not isinstance(text, str) or not text.strip() or "\0" in text:
                raise ValueError(f"Quantity: {field} must be a text without NUL, got {text!r}; "
                                 "write unit '1' where there is none")


def stored_form(quantity: Quantity, name: str) -> np.ndarray:
    """Return the array that HDF5 stores for `quantity`: numbers as they are, text as UTF-8 of fixed length.

    name : str, owner named in the error
    raises : ValueError for data that is neither numbers nor text
    """
    array = np.asarray(quantity.data)
    if array.dtype.kind == "U":
        if any("\0" in text for text in array.flat):
            raise ValueError(f"{name}: text with a NUL character cannot be stored; remove it")
        encoded = np.char.encode(array, "utf-8", "surrogateescape")
        return encoded if array.size else encoded.astype("S1")    # numpy 1.26 makes no text of no text
    if array.dtype.kind not in "biufc":
        raise ValueError(f"{name}: cannot store data of type {array.dtype}; give numbers, truth values or text")
    return array


def check_name(name: str, owner: str) -> None:
    """Raise RunFileError unless `name` is a plain path such as `history/test_error`."""
    if not isinstance(name, str) or not all(_NAME.fullmatch(part) for part in name.split("/")):
        raise RunFileError(f"{owner}: {name!r} is not a name that a run file may hold; "
                           "use letters, digits and _ . + - with / between groups")


def check_attributes(attributes: dict[str, int], owner: str) -> dict[str, Any]:
    """Raise ValueError unless each attribute is str, int (64 bits), float or bool under a plain name; return a dict."""
    for name, value in attributes.items():
        check_name(name, owner)
        if not isinstance(value, (str, bool, int, float)):
            raise ValueError(f"{owner}: attribute {name} is a {type(value).__name__}; "
                             "attributes are str, int, float or bool")
        if isinstance(value, str) and "\0" in value:
            raise ValueError(f"{owner}: attribute {name} holds a NUL character; remove it")
        if isinstance(value, int) and not -2**63 <= value < 2**64:
            raise ValueError(f"{owner}: attribute {name} = {value} does not fit in 64 bits; choose a smaller number")
    return dict(attributes)
