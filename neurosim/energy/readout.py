"""What turning the sum of a line into a number takes: energy, time and area of the readout of a chip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurosim.energy.adc import SOURCE, conversion_energy, converter_area, range_text, tabulated

if TYPE_CHECKING:
    from neurosim.energy.chip import Chip
    from neurosim.energy.prices import Price, PriceCard

_WHAT = "the conversions"


def conversion(chip: Chip, prices: PriceCard) -> list[tuple[str, str, float, str]]:
    """Return the prices of a conversion: tuples of event, kind of count, price [J] and source.

    adc, SAR : one price, of the card's table or, without one, of the closed model
    adc, ramp : a comparison and 2^b steps of a counter
    integrate-and-fire : sampling and one step of integration, and a comparison for each charge given off
    """
    if chip.readout == "integrate-and-fire":
        sample, step, charge = (prices.price(key, _WHAT) for key in ("sample", "integrate", "comparator"))
        return [("columns sampled", "conversions", sample.value, sample.text),
                ("steps of integration", "conversions", step.value, step.text),
                ("charges given off", "firings", charge.value, charge.text)]
    if _is_ramp(chip):
        decision, step = (prices.price(key, _WHAT) for key in ("comparator", "counter_cycle"))
        cycles = 2 ** chip.adc_bits
        return [("ramp conversions", "conversions", decision.value + cycles * step.value,
                 f"comparison + {cycles} steps of a counter: {decision.text}; {step.text}")]
    return [("ADC conversions", "conversions", *_sar(chip, prices))]


def _sar(chip: Chip, prices: PriceCard) -> tuple[float, str]:
    """Price of one conversion of a SAR converter, and its source."""
    if "adc_energy" in prices:
        found = prices.price("adc_energy", _WHAT)
        return _tabulated(chip, prices, found.value), f"{chip.adc_bits} bits{bits_text(chip, prices)}: {found.text}"
    rate, node = _rate(prices), _node(prices)
    return (conversion_energy(chip.adc_bits, node, rate.value),
            f"{SOURCE}: {chip.adc_bits} bits, {node:g} nm, {rate.value / 1e6:g} MS/s{bits_text(chip, prices)} "
            "[derived]")


def bits_text(chip: Chip, prices: PriceCard) -> str:
    """Return what to say of the bits of a chip's SAR converters where its prices do not know them; "" where they do."""
    if "adc_bits" not in prices:
        return range_text(chip.adc_bits)
    listed = prices.value("adc_bits", _WHAT)
    return range_text(chip.adc_bits, int(listed[0]), int(listed[-1]))


def _tabulated(chip: Chip, prices: PriceCard, values: Any) -> float:
    return tabulated(chip.adc_bits, prices.value("adc_bits", _WHAT), values)


def conversion_seconds(chip: Chip, prices: PriceCard, charges: float = 0.0) -> float:
    """Return the time of one conversion [s].

    `charges` are those that an integrate-and-fire readout gives off in it on average.
    """
    if chip.readout == "integrate-and-fire":
        return (1 + charges) * prices.value("cycle_seconds", _WHAT)
    if _is_ramp(chip):
        return 2 ** chip.adc_bits * prices.value("cycle_seconds", _WHAT)
    return 1 / _rate(prices).value


def sums_in_turn(chip: Chip, sums: int) -> tuple[int, int]:
    """Return conversions that follow one another on one converter, of `sums` of a tile; converters for them."""
    in_turn = 1 if chip.readout == "integrate-and-fire" else min(chip.mux, sums)
    return in_turn, -(-sums // in_turn)


def readout_area(chip: Chip, prices: PriceCard) -> float:
    """Return the area of one converter [m2]."""
    what = "the area of the converters"
    if chip.readout == "integrate-and-fire":
        return prices.value("integrator_area", what)
    if _is_ramp(chip):
        return prices.value("ramp_area", what)
    if "adc_area" in prices:
        return _tabulated(chip, prices, prices.value("adc_area", what))
    return converter_area(chip.adc_bits, _node(prices), _rate(prices).value)


def _is_ramp(chip: Chip) -> bool:
    return chip.readout == "adc" and chip.architecture == "ramp"


def _rate(prices: PriceCard) -> Price:
    return prices.price("adc_rate", _WHAT)


def _node(prices: PriceCard) -> float:
    if prices.node is None:
        raise ValueError(f"price card {prices.stem}: node: missing, and the ADC is priced by its node; give it, or use "
                         "--node")
    return prices.node
