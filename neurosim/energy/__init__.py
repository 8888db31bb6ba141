"""Counts x prices = joules, seconds and square metres. No simulation: integers come in, sourced numbers go out."""

from neurosim.energy.area import area
from neurosim.energy.baselines import BREAK_EVEN, Baseline, baselines, spikes_per_synapse
from neurosim.energy.chip import Array, Chip, Programming, Workload
from neurosim.energy.latency import Latency, latency
from neurosim.energy.ledger import Ledger, Line
from neurosim.energy.prices import PriceCard, load_prices, price_card_names
from neurosim.energy.pricing import ARCHITECTURES, price

__all__ = ["ARCHITECTURES", "Array", "BREAK_EVEN", "Baseline", "Chip", "Latency", "Ledger", "Line", "PriceCard",
           "Programming", "Workload", "area", "baselines", "latency", "load_prices", "price", "price_card_names",
           "spikes_per_synapse"]
