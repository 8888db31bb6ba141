"""The public names of neurosim and their homes, one a line: a new name is a new line here and nothing else.

Editors and type checkers read them, and `neurosim/__init__.py` when the package is imported, which imports a name when
it is first used.
"""

from neurosim.calls.cards import add_to_device as add_to_device
from neurosim.calls.cards import check_device as check_device
from neurosim.calls.cards import devices as devices
from neurosim.calls.cards import export_device as export_device
from neurosim.calls.cards import import_device as import_device
from neurosim.calls.cards import read_measurement as read_measurement
from neurosim.calls.checking import check as check
from neurosim.calls.checking import recipes as recipes
from neurosim.calls.checking import reproduce as reproduce
from neurosim.calls.devices import fit_device as fit_device
from neurosim.calls.graphs import export_nir as export_nir
from neurosim.calls.graphs import import_nir as import_nir
from neurosim.calls.improving import assess as assess
from neurosim.calls.improving import improve as improve
from neurosim.calls.run import open_run as open_run
from neurosim.calls.run import Run as Run
from neurosim.calls.shipped import data_sets as data_sets
from neurosim.calls.shipped import doctor as doctor
from neurosim.calls.shipped import fetch_data as fetch_data
from neurosim.calls.shipped import presets as presets
from neurosim.calls.shipped import studies as studies
from neurosim.calls.sweeps import compare as compare
from neurosim.calls.sweeps import sweep as sweep
from neurosim.calls.training import train as train
from neurosim.calls.verbs import evaluate as evaluate
from neurosim.calls.verbs import export_netlist as export_netlist
from neurosim.calls.verbs import write_report as write_report
from neurosim.counts import Counts as Counts
from neurosim.crossbar import Conversion as Conversion
from neurosim.crossbar import IdealSynapses as IdealSynapses
from neurosim.crossbar import Readout as Readout
from neurosim.crossbar import Tiling as Tiling
from neurosim.crossbar.devices import DeviceSynapses as DeviceSynapses
from neurosim.crossbar.devices import Placement as Placement
from neurosim.crossbar.options import ArrayOptions as ArrayOptions
from neurosim.crossbar.options import ReadoutOptions as ReadoutOptions
from neurosim.crossbar.wires import effective_conductances as effective_conductances
from neurosim.crossbar.wires import Wires as Wires
from neurosim.energy import load_prices as load_prices
from neurosim.energy import price as price
from neurosim.engines import EngineOptions as EngineOptions
from neurosim.engines import make_engine as make_engine
from neurosim.engines import Nudge as Nudge
from neurosim.engines.events.engine import EventsEngine as EventsEngine
from neurosim.engines.product import Crossbar as Crossbar
from neurosim.experiment.config import Config as Config
from neurosim.experiment.config import load_config as load_config
from neurosim.experiment.model import Model as Model
from neurosim.experiment.sweep.table import open_sweep as open_sweep
from neurosim.experiment.training import Training as Training
from neurosim.learning.optimiser import make_optimiser as make_optimiser
from neurosim.learning.optimiser import OptimiserOptions as OptimiserOptions
from neurosim.learning.phases import Phases as Phases
from neurosim.learning.phases import run_phases as run_phases
from neurosim.learning.rule import gradient as gradient
from neurosim.measurements.stated import Stated as Stated
from neurosim.memristor.array import DeviceArray as DeviceArray
from neurosim.memristor.device import Device as Device
from neurosim.memristor.device import load_device as load_device
from neurosim.memristor.response import Response as Response
from neurosim.network.graph import ConnectionSpec as ConnectionSpec
from neurosim.network.graph import conv as conv
from neurosim.network.graph import dense as dense
from neurosim.network.graph import Network as Network
from neurosim.network.graph import Neurons as Neurons
from neurosim.neurons import Schedule as Schedule
from neurosim.plots import device_figure as device_figure
from neurosim.plots import device_panel as device_panel
from neurosim.plots import run_figure as run_figure
from neurosim.plots import run_panel as run_panel
from neurosim.plots import sweep_figures as sweep_figures
from neurosim.plots import sweep_panel as sweep_panel
from neurosim.results import read_run as read_run
from neurosim.results import RunFile as RunFile

__version__: str
__all__: list[str]
