"""Counts x prices = joules, seconds and square metres. No simulation: integers come in, sourced numbers go out."""

from neurosim.energy.area import area
from neurosim.energy.baselines import Baseline, baselines, spikes_per_synapse
from neurosim.energy.chip import Array, Chip, Programming, Workload
from neurosim.energy.latency import Latency, latency
from neurosim.energy.ledger import Ledger, Line
from neurosim.energy.prices import PriceCard, load_prices
from neurosim.energy.pricing import ARCHITECTURES, price, price_initial
from neurosim.energy.summing import Priced, priced
from neurosim.energy.verdict import BreakEven, break_even, compared, verdict

__all__ = ["ARCHITECTURES", "Array", "Baseline", "BreakEven", "Chip", "Latency", "Ledger", "Line", "PriceCard",
           "Priced", "Programming", "Workload", "area", "baselines", "break_even", "compared", "latency", "load_prices",
           "price", "price_initial", "priced", "spikes_per_synapse", "verdict"]
