"""Energy and area of an ADC in closed form, as if it were among the best published designs.

Andrulis, Chen, Lee, Emer, Sze, Modeling Analog-Digital-Converter Energy and Area for Compute-In-Memory Accelerator
Design, arXiv:2404.06553 (2024); coefficients as in accelergy-adc-plug-in, adc_data/model.yaml.
"""

import math

FEWEST_BITS = 4    #: the fit has no converters of fewer bits
SOURCE = "Andrulis et al. 2024, arXiv:2404.06553"


def conversion_energy(bits, node, rate):
    """Energy of one conversion [J].

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


def converter_area(bits, node, rate):
    """Area of one converter [m2]: exp(1.34619 + 0.99328 ln node + 0.18072 ln f + 0.29912 ln E) um2, E in pJ."""
    picojoules = conversion_energy(bits, node, rate) * 1e12
    return 1e-12 * math.exp(1.34619 + 0.99328 * math.log(node) + 0.18072 * math.log(rate)
                            + 0.29912 * math.log(picojoules))


def range_text(bits):
    """What to say of a number of bits outside the range of the fit; "" inside."""
    if bits >= FEWEST_BITS:
        return ""
    return f", valid from {FEWEST_BITS} bits, so that {bits} are charged as {FEWEST_BITS}"
