"""Coordinates of a law that trains fix directly: steps at conductances that trains visit, instead of numbers of a card.

A card counts from the ends of the range, which trains may not show: where an end moves, all its numbers must follow in
order to tell the same steps. In numbers that belong to what was visited they stay, so that the likelihood is nearly
quadratic in them. A chart has as many numbers as the card, by the same keys; each law has its own.
"""

from neurosim.memristor.laws import LAWS
from neurosim.memristor.laws.chart import Side


def on_chart(law: str, values: dict, visited: tuple[float, float]) -> dict:
    """Return numbers of the chart for values of a card: dict with the same keys; what belongs to noise or range stays.

    law : one of FITTED; values : of a card; visited : lowest and highest conductance that trains visit [S]
    """
    return _converted(law, values, visited, 0)


def on_card(law: str, numbers: dict, visited: tuple[float, float]) -> dict:
    """Return the values of a card for numbers of the chart, the inverse of `on_chart`.

    They may lie beyond what a card allows.
    """
    return _converted(law, numbers, visited, 1)


def _converted(law: str, values: dict, visited: tuple[float, float], way: int) -> dict:
    chart = LAWS[law].chart
    if chart is None:
        return values
    convert = (chart.on_chart, chart.on_card)[way]
    span = values["g_max"] - values["g_min"]
    width, found = (visited[1] - visited[0]) / span, dict(values)
    before = {"up": visited[0] - values["g_min"], "down": values["g_max"] - visited[1]}
    for name, sign in (("up", 1.0), ("down", -1.0)):
        keys, side = [f"{key}_{name}" for key in chart.names], Side(sign, before[name] / span, width)
        found.update(zip(keys, convert(side, *(values[key] for key in keys))))
    return found
