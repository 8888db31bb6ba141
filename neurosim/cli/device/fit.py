"""neurosim device fit: a card from measured pulse trains."""

from __future__ import annotations

import json
import tempfile
import textwrap
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.alignment import aligned

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers
    from neurosim.memristor.fitting import Programming

#: Set pulse [V, s], reset pulse [V, s], read voltage [V].
_CHOSEN: tuple[Any, ...] = ((1.0, 1e-6), (-1.0, 1e-6), 0.1)


def add_parser(actions: Parsers) -> None:
    """Add the action."""
    from neurosim.cli.device import add_action, add_reading
    parser = add_action(actions, "fit", "fit a card to measured pulse trains",
                        "Fit the laws of response to conductances measured after each pulse, choose the simplest "
                        "that predicts held-out pulses as well as the best one does, and write it as a card, with "
                        "95 % intervals of its numbers and a figure of data and fit.",
                        ["neurosim device fit measured.csv -o my-device.toml",
                         "neurosim device fit measured.csv -o my-device.toml --law soft-bounds power --folds 10",
                         "neurosim device fit normalised.csv -o my-device.toml --g-min 1e-6 --g-max 1e-5"])
    parser.add_argument("measured", metavar="FILE", nargs="+",
                        help="what was measured after each pulse: two columns up,down, or conductance,direction, and "
                             "whatever else `neurosim device read` understands")
    parser.add_argument("-o", "--output", metavar="card.toml", required=True, help="card to write")
    parser.add_argument("--force", action="store_true", help="replace card and figure that are there already")
    parser.add_argument("--name", help="what the device is called (default: the name of the card)")
    parser.add_argument("--citation", help="who measured it, and where that is published")
    add_reading(parser)
    for side, voltage in (("set", "1"), ("reset", "-1")):
        parser.add_argument(f"--{side}-pulse", type=float, nargs=2, metavar=("V", "S"),
                            help=f"voltage [V] and duration [s] of a {side} pulse (default: {voltage} 1e-6)")
    parser.add_argument("--law", metavar="LAW", nargs="+", action="extend", default=[], dest="laws",
                        help="fit these laws only (default: all)")
    parser.add_argument("--folds", type=int, default=5, help="parts of the pulses that are held out (default: 5)")
    parser.add_argument("--figure", metavar="FIGURE",
                        help="figure to write, .png, .svg or .pdf (default: card.png beside the card)")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Fit, write card and figure, print what was found; returns the exit code."""
    from neurosim.cli.device import measured
    from neurosim.results.outputs import CARDS, checked_output, figure_output, refuse_replacing
    output = checked_output("--output", arguments.output, CARDS)
    refuse_replacing("--output", arguments.output, [output], arguments.force)
    figure = figure_output("--figure", arguments.figure, output.with_suffix(".png"), arguments.force)
    laws = _chosen_laws(arguments.laws)
    if arguments.folds < 2:
        raise ValueError(f"--folds {arguments.folds}: nothing would be held out; give 2 or more")
    trains = measured(arguments.measured, arguments).trains
    if not arguments.json:
        print(f"{trains.source}: {trains.understood}\n", flush=True)
    fits, failed = _fitted(trains, laws, arguments)
    report = _report(fits, failed, trains, output, figure)
    _write(fits, report, output, figure, arguments)
    if arguments.json:
        print(json.dumps(report))
    else:
        _print(report, arguments)
    return 0


def _chosen_laws(names: Sequence[str]) -> Sequence[str]:
    """Laws to fit, all by default; raises ValueError for unknown ones."""
    from neurosim.memristor.fitting import FITTED
    from neurosim.tables import nearest
    for name in names:
        if name not in FITTED:
            raise ValueError(f"--law {name}: unknown{nearest(name, FITTED)}")
    return list(dict.fromkeys(names)) or FITTED


def _programming(arguments: Namespace) -> Programming:
    """Pulses of the measurement as the card states them; what the user does not say is chosen."""
    from neurosim.memristor.fitting import Programming
    given = (arguments.set_pulse, arguments.reset_pulse, arguments.read_voltage)
    stated = sum(value is not None for value in given)
    source = {0: "chosen", len(given): "stated when the card was fitted"}.get(
        stated, "stated when the card was fitted, or chosen")
    rise, fall, read = (value if value is not None else chosen for value, chosen in zip(given, _CHOSEN))
    return Programming(set_voltage=rise[0], set_width=rise[1], reset_voltage=fall[0], reset_width=fall[1],
                       read_voltage=read, source=source)


def _fitted(trains: Any, laws: Sequence[str], arguments: Namespace) -> tuple[list, list[str]]:
    """Fit one law after the other under the eyes of a display; returns fits, the chosen one first, and what failed."""
    from neurosim.experiment.pipeline.display import choose_display
    from neurosim.memristor.fitting import FitError, fit, ranked
    display = choose_display(arguments.quiet)
    fits, failed = [], []
    for done, law in enumerate(laws):
        display.advance("fitting", done, len(laws), law)
        try:
            fits += fit(trains, laws=[law], folds=arguments.folds)
        except FitError as error:
            failed.append(law)
            reason = error
    display.close()
    if not fits:
        raise reason
    return ranked(fits), failed


def _write(fits: list, report: dict[str, Any], output: Path, figure: Path, arguments: Namespace) -> None:
    """Write card and figure; neither appears unless the card can be read back and drawn."""
    from neurosim.memristor.device import load_device
    from neurosim.plots import fit_figure, rendered
    from neurosim.results.atomic_write import atomic_write
    best = fits[0]
    citation = arguments.citation or f"measured: {', '.join(Path(file).name for file in arguments.measured)}"
    text = best.card_text(arguments.name or output.stem, citation, _programming(arguments))
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / output.name
        draft.write_text(text, encoding="utf-8")
        device = load_device(draft)
    scores = {found.law: found.held_out for found in fits}
    drawn = rendered(fit_figure(device, best.trains, best.curves, scores, report["ties"], report["remarks"]),
                     figure.suffix)
    atomic_write(output, text.encode())
    atomic_write(figure, drawn)


def _report(fits: list, failed: list[str], trains: Any, output: Path, figure: Path | None) -> dict[str, Any]:
    from neurosim.memristor.fitting import tied
    best, ties = fits[0], tied(fits)
    laws = [{"law": found.law, "held_out": found.held_out, "fitted": found.log_likelihood, "numbers": found.numbers,
             "residual_up": found.residual("up"), "residual_down": found.residual("down")} for found in fits]
    numbers = {key: {"value": value, "interval": best.intervals[key], "determined": key not in best.undetermined}
               for key, value in best.values.items()}
    remarks = [_tie_sentence(best.law, ties)] if ties else []
    remarks += best.remarks()
    if failed:
        remarks.append(f"{', '.join(failed)} could not be fitted to these trains")
    return {"source": trains.source, "understood": trains.understood, "trains": len(trains.up) + len(trains.down),
            "pulses": sum(map(len, (*trains.up, *trains.down))), "laws": laws, "best": best.law, "ties": ties,
            "failed": failed, "values": numbers, "limited": list(best.limited),
            "correlation": dict(zip(("lag_1", "probability"), best.correlation)), "remarks": remarks,
            "card": str(output), "figure": str(figure)}


def _tie_sentence(chosen: Any, ties: Any) -> str:
    others = ties[0] if len(ties) == 1 else f"{', '.join(ties[:-1])} and {ties[-1]}"
    return (f"the trains do not tell {chosen} from {others}: within one standard error they predict held-out pulses "
            f"alike, and {chosen} has no more numbers than any of them")


def _print(report: dict[str, Any], arguments: Namespace) -> None:
    from neurosim.cli.device import reading_words
    from neurosim.cli.terminal import command
    for line in (*_law_lines(report), "", *_value_lines(report)):
        print(line)
    for remark in report["remarks"]:
        print(f"\nnote    {textwrap.fill(remark, 100, subsequent_indent=' ' * 8)}", end="")
    if report["remarks"]:
        print()
    print(f"\ncard    {report['card']}\nfigure  {report['figure']}")
    card, files = Path(report["card"]), map(Path, arguments.measured)
    print(f"next    {command('device', 'plot', card, '--measured', *files, *reading_words(arguments))}\n"
          f"        {command('train', '--device', card)}")


def _law_lines(report: dict[str, Any]) -> Iterator[str]:
    """Table of the laws, the chosen one first; log-likelihoods count from its own."""
    from neurosim.memristor.si_format import quantity
    rows = [("law", "held out", "fitted", "numbers", "rms up", "rms down", "")]
    first = report["laws"][0]
    for law in report["laws"]:
        mark = "chosen" if law is first else "tie" if law["law"] in report["ties"] else ""
        rows.append((law["law"], *(f"{law[key] - first[key]:+.4f}" for key in ("held_out", "fitted")),
                     str(law["numbers"]), *(quantity(law[f"residual_{side}"], "S", 3) for side in ("up", "down")),
                     mark))
    yield from aligned(rows)
    yield "held out, fitted: log-likelihood per pulse of pulses that took no part in the fit, and of all,"
    yield "against the chosen law [nat]; numbers: that trains must tell, noise aside; rms: distance of the"
    yield "noise-free curve from what was measured"


def _value_lines(report: dict[str, Any]) -> Iterator[str]:
    """The numbers of the best law with their intervals."""
    from neurosim.memristor.device import IMPERFECTIONS, RANGE
    from neurosim.memristor.laws import LAWS
    entries = {**RANGE, **LAWS[report["best"]].keys, **IMPERFECTIONS}
    yield f"{report['best']}, with intervals of 95 % confidence"
    names = max(map(len, report["values"]))
    for key, found in report["values"].items():
        unit = entries[key].unit
        value, interval = found["value"], found["interval"]
        pairs = zip(value, interval) if isinstance(value, tuple) else [(value, interval)]
        texts = [_with_interval(number, limits, unit) for number, limits in pairs]
        said = f"  {entries[key].text}" if len(texts) == 1 else ""
        yield f"  {key:<{names}}  {texts[0]}{said}{'' if found['determined'] else '; not determined'}"
        yield from (f"  {'':<{names}}  {text}" for text in texts[1:])


def _with_interval(value: Any, interval: Any, unit: str) -> str:
    from neurosim.memristor.si_format import quantity
    low, high = (None if limit is None else quantity(limit, unit) for limit in interval)
    limits = "not determined" if low is high is None else f"below {high}" if low is None else \
        f"above {low}" if high is None else f"{low} to {high}"
    return f"{quantity(value, unit):<10} ({limits})"
