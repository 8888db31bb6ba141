"""Physical quantities as text, with the prefixes of the SI."""

import math

PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}


def prefix(value: float) -> tuple[float, str]:
    """Return factor and letter of the prefix under which a value has one to three digits before its point.

    returns : (float, str), for example (1e-6, "u") of 2.5e-5; "u" stands for micro
    """
    size = abs(value)
    if size == 0 or not math.isfinite(size):
        return 1.0, ""
    power = 3 * math.floor(math.log10(size * (1 + 1e-12)) / 3)
    power = min(max(power, min(PREFIXES)), max(PREFIXES))
    return 10.0 ** power, PREFIXES[power]


def quantity(value: float, unit: str, digits: int = 4) -> str:
    """Return a number with its unit: "12.35 uS"; a number of unit "1" stands alone."""
    if unit == "1":
        return f"{value:,.0f}" if value == round(value) and abs(value) < 1e6 else f"{value:.{digits}g}"
    if unit in ("eV", "K"):    # no prefix is usual
        return f"{value:.{digits}g} {unit}"
    factor, letter = prefix(float(f"{value:.{digits}g}"))
    return f"{value / factor:.{digits}g} {letter}{unit}"


def quantities(value: float | tuple[float, ...], unit: str) -> str:
    """Return the same of a number or of several: "1 V, 1.2 V"."""
    return ", ".join(quantity(item, unit) for item in value) if isinstance(value, tuple) else quantity(value, unit)


def share(part: float, whole: float, digits: int = 1) -> str:
    """Return a part of a whole in percent: "12.3%"; "-" where the whole is 0."""
    return f"{part / whole:.{digits}%}" if whole else "-"
