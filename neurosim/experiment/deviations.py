"""A configuration as people think of it: a preset, or the defaults, and what differs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from neurosim.experiment.overrides import changes
from neurosim.experiment.shipped import PRESETS
from neurosim.network.spec import dense
from neurosim.summaries import Summary
from neurosim.tables import abbreviated, from_table, to_table
from neurosim.toml import read_toml

if TYPE_CHECKING:
    from neurosim.experiment.config import Config


def config_summary(config: Config) -> Summary:
    """Return the Summary of a Config: what it changes in the preset nearest to it or, far from all, in the defaults.

    Near is a preset from which less than half as many keys differ as from the defaults.
    """
    table, name = to_table(config), "the defaults"
    found = changes(_padded(to_table(type(config)()), table), table)
    limit = len(found) / 2
    for preset, known in _presets(type(config)).items():
        other = changes(_padded(known, table), table)
        if len(other) < limit:
            name, found, limit = f"preset {preset}", other, len(other)
    if not found:
        return Summary(heading=f"Config: {name}, unchanged")
    return Summary(heading=f"Config: {name}, but", rows=[
        ("key", "value", "instead of"),
        *((path, abbreviated(new or "absent", str), abbreviated(old or "absent", str)) for path, old, new in found)])


def _padded(base: dict[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    """A table with as many layers as another: those that it lacks say nothing, so that only what is chosen differs."""
    layers, wanted = base["network"]["layers"], len(table["network"]["layers"])
    silent = {key: value for key, value in to_table(dense(1)).items() if key != "units"}
    return base | {"network": base["network"] | {"layers": layers + [silent] * (wanted - len(layers))}}


@cache
def _presets(kind: type) -> dict[str, dict[str, Any]]:
    """Return the tables of all presets as Configs of that class hold them, dict by name."""
    return {name: to_table(from_table(kind, read_toml(PRESETS.path(name)))) for name in PRESETS.names()}
