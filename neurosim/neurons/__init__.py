"""Laws of neurons: how currents become states and states become spikes."""

from neurosim.neurons.schedules import Schedule

__all__ = ["Schedule"]
