"""Energy and area of an ADC: by the table of a price card or, where it has none, in closed form.

The closed form is that of the best published designs: Andrulis, Chen, Lee, Emer, Sze, Modeling Analog-Digital-Converter
Energy and Area for Compute-In-Memory Accelerator Design, arXiv:2404.06553 (2024); coefficients as in
accelergy-adc-plug-in, adc_data/model.yaml.
"""

import math

FEWEST_BITS = 4    #: the fit has no converters of fewer bits
SOURCE = "Andrulis et al. 2024, arXiv:2404.06553"


def conversion_energy(bits: int, node: float, rate: float) -> float:
    """Return the energy of one conversion [J].

        FOM = min(213.7807 - 2.87190 ln f, 128.3068 + 3.22051 ceil(b))        SNDR = 6.0206 b + 1.7609  [dB]
        E = 1/2 10^((SNDR - FOM) / 10) exp(26.0496 + 1.88004 ln node - 2.82913 ln b - 1.47020)          [pJ]

    bits : b; fewer than 4 are charged as 4, which is too much; node [nm]; rate : conversions per second, f [Hz]
    """
    bits = max(bits, FEWEST_BITS)
    merit = min(213.7807 - 2.87190 * math.log(rate), 128.3068 + 3.22051 * math.ceil(bits))
    ratio = 6.0206 * bits + 1.7609
    picojoules = 0.5 * 10 ** ((ratio - merit) / 10) * math.exp(
        26.0496 + 1.88004 * math.log(node) - 2.82913 * math.log(bits) - 1.47020)
    return picojoules * 1e-12


def converter_area(bits: int, node: float, rate: float) -> float:
    """Return area of one converter [m2]: exp(1.34619 + 0.99328 ln node + 0.18072 ln f + 0.29912 ln E) um2, E in pJ."""
    picojoules = conversion_energy(bits, node, rate) * 1e12
    return 1e-12 * math.exp(1.34619 + 0.99328 * math.log(node) + 0.18072 * math.log(rate)
                            + 0.29912 * math.log(picojoules))


def tabulated(bits: int, listed: tuple[float, ...], values: tuple[float, ...]) -> float:
    """Return the value of a table at a number of bits.

    listed : bits of the rows, ascending; values : of the rows, positive or 0
    Between rows the logarithm is linear in the bits; fewer bits than the first row are charged as the first row, which
    is too much; beyond the last row the ratio of the last two continues.
    """
    if bits <= listed[0] or len(listed) < 2:
        return values[0]
    upper = next((row for row, number in enumerate(listed) if number >= bits), len(listed) - 1)
    share = (bits - listed[upper - 1]) / (listed[upper] - listed[upper - 1])
    low, high = values[upper - 1], values[upper]
    if not (low > 0 and high > 0):
        return max(0.0, low + share * (high - low))
    return high if share == 1 else low * (high / low) ** share


def range_text(bits: int, fewest: int = FEWEST_BITS, most: float = math.inf) -> str:
    """Return what to say of a number of bits outside the range of a model or table; "" inside."""
    if bits < fewest:
        return f", valid from {fewest} bits, so that {bits} are charged as {fewest}"
    return "" if bits <= most else f", of a table that ends at {most} bits, continued by the ratio of its last rows"
