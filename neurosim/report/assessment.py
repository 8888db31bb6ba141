"""The page of an assessment: what limits a device, how good it must become, where it stands, what was assumed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from neurosim.plots.improvement import improvement_figure
from neurosim.plots.report_svg import inline_figure
from neurosim.plots.standings import ENERGY, standings_figure
from neurosim.report.document import document
from neurosim.report.facts import amount
from neurosim.report.markup import Html, element, figure, joined, paragraph, section, table
from neurosim.whole import counted

_MEASURES = (("energy per image learnt", ENERGY, "J"), ("energy per inference", "joules_per_inference", "J"),
             ("pulses per weight", "pulses_per_weight", ""), ("range used", "range_used", "%"))


@dataclass(frozen=True, kw_only=True)
class AssessmentFacts:
    """What a page is made from.

    title : of the page; found : Assessment; sentences, needs, assumptions : what is said, lists of str
    rule_words : function from a pulse rule to what it does; command : that makes the page again
    """

    title: str
    found: Any
    sentences: Sequence[str]
    needs: Sequence[str]
    assumptions: Sequence[str]
    rule_words: Callable[[str], str]
    command: str


def assessment_report(facts: AssessmentFacts) -> str:
    """Make the page; returns str, HTML."""
    sections = {("limits", "What limits it"): _limits(facts), ("needs", "Required device quality"): _needs(facts),
                ("devices", "Among the devices that ship"): _devices(facts), ("rules", "Pulse rules"): _rules(facts),
                ("assumed", "What was assumed"): _listed("assumed", "What was assumed", facts.assumptions),
                ("repeat", "How to repeat it"): section("repeat", "How to repeat it",
                                                        element("pre", element("code", facts.command)))}
    head = element("div", *(paragraph(sentence) for sentence in facts.sentences), class_="verdict")
    return str(document(facts.title, sections, head=(head,)))


def _limits(facts: AssessmentFacts) -> Html:
    parts = []
    for rule, one in facts.found.improvements.items():
        words = facts.rule_words(rule)
        label = f"What each imperfection costs {words}: {', '.join(remedy.name for remedy in one.remedies)}."
        rows = [(remedy.name, f"{remedy.among.off:.2%}", *_cost(remedy.among), f"{remedy.alone.on:.2%}",
                 *_cost(remedy.alone)) for remedy in one.remedies]
        parts += [element("h3", f"{words[0].upper()}{words[1:]}"),
                  figure(inline_figure(f"costs-{rule}", label, improvement_figure(one)),
                         f"All imperfections {one.together.on:.2%}, none {one.together.off:.2%}. Every chip was "
                         f"retrained, with {counted(one.seeds, 'seed')}; "
                         f"{counted(one.compared, 'difference was', 'differences were')} compared (Holm)."),
                  table(f"Costs {words}", ("imperfection", "error without", "costs", "95 % interval", "error alone",
                                           "costs", "95 % interval"), rows, numbers=range(1, 7))]
    return section("limits", "What limits it", *parts)


def _cost(contrast: Any) -> tuple[str, str]:
    one = contrast.difference
    return f"{one.mean:+.2%}{'' if one.told else ' (not significant)'}", f"{one.low:+.2%} to {one.high:+.2%}"


def _needs(facts: AssessmentFacts) -> Html:
    found = facts.found
    rows = [(one.name, facts.rule_words(one.rule), f"{part:.1%}", f"{cost:+.2%}")
            for one in found.needs for part, cost in zip(one.parts, one.costs)]
    tried = [table("What was tried", ("imperfection", "rule", "part that is left", "costs"), rows, numbers=(2, 3))]
    none = "Nothing costs more than is tolerated beyond chance, or nothing lies between on and off."
    return section("needs", "Required device quality", *(paragraph(sentence) for sentence in facts.needs or [none]),
                   *(tried if rows else []))


def _devices(facts: AssessmentFacts) -> Html:
    found = facts.found
    label = "Wrong answers of all devices over the energy of learning from one image; the one asked about is marked."
    return section("devices", "Among the devices that ship",
                   figure(inline_figure("standings", label, standings_figure(found.standings)),
                          f"{label} Bars reach from the best to the worst seed."),
                   _standings(found.standings, "Devices by error", lambda one: one.name))


def _rules(facts: AssessmentFacts) -> Html:
    return section("rules", "Pulse rules", _standings(facts.found.rules, "The device under each rule",
                                                      lambda one: facts.rule_words(one.rule)))


def _standings(standings: Any, caption: str, called: Callable[[Any], str]) -> Html:
    rows = [(element("strong", called(one)) if one.own else called(one), f"{one.error:.2%}",
             f"{min(one.errors):.2%} to {max(one.errors):.2%}",
             *(_amount(one.means.get(measure), unit) for _, measure, unit in _MEASURES)) for one in standings]
    return table(caption, ("device or rule", "wrong answers", "of single seeds", *(name for name, *_ in _MEASURES)),
                 rows, numbers=range(1, 3 + len(_MEASURES)))


def _amount(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    return f"{value:.0%}" if unit == "%" else amount(value, unit, 3) if unit else f"{value:,.1f}"


def _listed(anchor: str, title: str, sentences: Sequence[str]) -> Html:
    return section(anchor, title, joined(element("ul", *(element("li", sentence) for sentence in sentences))))
