"""neurosim report: one HTML page that shows and explains a run."""

import json
from pathlib import Path

ENDINGS = (".html", ".htm")


def add_parser(subparsers):
    parser = subparsers.add_parser(
        "report", help="write one self-contained HTML page about a run",
        description="Write one HTML page about a finished run: what was run, learning curves, errors, weights and "
                    "conductances, pulses and wear, firing rates, rasters, energy with its sources, and how to repeat "
                    "it. The page needs no network and no scripts. The run file is not changed.")
    parser.add_argument("run_file", metavar="run.h5", help="run file of neurosim train")
    parser.add_argument("-o", "--output", metavar="PAGE",
                        help="page to write, .html (default: run.html beside the run file)")
    parser.add_argument("--title", metavar="TEXT", help="title of the page (default: the name of the run file)")
    parser.add_argument("--prices", metavar="CARD", default="isaac-32nm",
                        help="price card that ships (isaac-32nm, neurram-130nm) or a .toml file (default: isaac-32nm)")
    parser.add_argument("--force", action="store_true", help="replace a page that is there")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments):
    output = _output(arguments)
    from neurosim.report import report
    from neurosim.results.whole import write_whole
    page = report(arguments.run_file, gathered(arguments.run_file, arguments.title, arguments.prices)).encode()
    write_whole(output, page)
    if arguments.json:
        print(json.dumps({"run_file": arguments.run_file, "out": str(output), "bytes": len(page),
                          "prices": arguments.prices}))
    else:
        from neurosim.experiment.recording import readable_bytes
        print(f"{output}  {readable_bytes(len(page))}, open it in any browser")
    return 0


def gathered(path, title=None, card="isaac-32nm"):
    """What a report needs to know of a run file beside the file; returns Facts.

    title : of the page, default: the name of the file; card : of the prices
    raises : ValueError
    """
    from neurosim.cli.measures import wilson
    from neurosim.energy import load_prices
    from neurosim.energy.prices import BASELINES
    from neurosim.experiment.chip import card_device
    from neurosim.experiment.pricing import workloads
    from neurosim.experiment.runs import stored_config
    from neurosim.network.graph import Network
    from neurosim.report import Facts
    from neurosim.report.facts import refuse_unevaluated
    from neurosim.results import RunFile
    with RunFile(path) as kept:
        refuse_unevaluated(kept)
        interval = wilson(float(kept["results/test/error"].data), len(kept["results/test/labels"].data))
        shape = tuple(kept["input_shape"].data.tolist())
        _refuse_other_card(path, kept.attributes.get("card", "{}"), stored_config(path))
    config, name = stored_config(path), Path(path).name
    network = Network(config.network, shape, config.neurons)
    return Facts(name=name, title=title or f"Report of {name}", interval=interval, device=card_device(config),
                 initial_weights=network.initial_weights(config.seed), workloads=workloads(path),
                 prices=load_prices(card), elsewhere=load_prices(BASELINES))


def _refuse_other_card(path, kept, config):
    """Raise ValueError when the device card has changed since the run: prices and ranges would be those of another."""
    from neurosim.experiment.chip import card_numbers
    if json.loads(kept) not in ({}, json.loads(json.dumps(card_numbers(config)))):
        raise ValueError(f"run file {path}: the card {config.synapses.device} has changed since the run was written; "
                         "bring the old card back")


def _output(arguments):
    """Path of the page, checked before anything is computed."""
    from neurosim.cli.files import checked_output
    text = arguments.output or str(Path(arguments.run_file).with_suffix(".html"))
    path = checked_output("--output", text, ENDINGS)
    if path.exists() and not arguments.force:
        raise ValueError(f"--output {text}: is there already; choose another name or replace it with --force")
    return path
