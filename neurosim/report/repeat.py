"""How to repeat a run, and what the words of the page mean."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from neurosim.report.markup import element, joined, paragraph, section

if TYPE_CHECKING:
    from neurosim.report.facts import Facts
    from neurosim.report.markup import Html
    from neurosim.results.checking import RunOfTraining

_WORDS = {
    "free phase, nudge+, nudge-": "relaxations of equilibrium propagation: without a target, and with the output drawn "
                                  "towards it and away from it; weights learn from their difference",
    "continued": "the free phase relaxed on for as long as a nudged one, with which that is then compared",
    "signal": "what a layer sends in a time step: a spike, or a state that is not zero where states are sent",
    "pulse": "one programming pulse on one device; set raises its conductance, reset lowers it",
    "half-select exposure": "a pulse that a device sees because it shares a line with the one that is programmed",
    "conversion": "the sum of the currents of one line, turned into a number",
    "margin": "output of the answer minus output of the right class",
    "95 % interval": "Wilson's interval of the test error, from the number of test images alone; other seeds scatter "
                     "more",
}


def repeat(run: RunOfTraining, facts: Facts) -> Html:
    """Return commands that make the run and this page again, and a glossary."""
    version, commit = (str(run.attributes.get(key, "")) for key in ("version", "commit"))
    exact = f"neurosim {version}" + (f", commit {commit}" if commit else "")
    name = shlex.quote(facts.name)
    commands = "\n".join(["neurosim train run.toml --out again.h5", f"neurosim evaluate {name}",
                          f"neurosim energy {name} --prices {shlex.quote(facts.prices.stem)} --lines",
                          f"neurosim evaluate {name} --ablate", f"neurosim report {name} -o report.html"])
    words = element("dl", *(joined(element("dt", element("strong", word)), element("dd", text))
                            for word, text in _WORDS.items()))
    return section(
        "repeat", "How to repeat it", paragraph(
            "Save the whole configuration above as ", element("code", "run.toml"), f" and use {exact}. The seed "
            "decides every random number; the number of threads changes nothing. Data and device cards of your own "
            "must lie where the configuration names them."),
        element("pre", element("code", commands)), element("h3", "Words"), words)
