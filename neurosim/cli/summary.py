"""Print what a run came to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurosim.cli.terminal import command
from neurosim.experiment.pipeline.summary import duration, measure_lines
from neurosim.whole import counted


def print_training(report: dict[str, Any]) -> None:
    """Print the summary of a training from its report."""
    print(f"{report['config']}: {counted(report['epochs'], 'epoch')} in {duration(report['seconds'])} "
          f"({report['samples_per_second']:.0f} samples/s with validation, {counted(report['threads'], 'thread')}), "
          f"peak memory {report['peak_rss_mb']:.0f} MB")
    print("\n".join([*measure_lines(report), ""]))
    print(f"run file  {report['out']}")
    if report["figure"]:
        print(f"figure    {report['figure']}")
    run = Path(report["out"])
    following = [command("energy", run), command("evaluate", run, "--ablate")]
    following += [] if report["feedforward"] else [command("check", "gradient", run)]
    print("next      " + "\n          ".join(following))


def print_evaluation(report: dict[str, Any]) -> None:
    """Print the summary of an evaluation from its report."""
    print(f"{report['out']}: after {counted(report['epochs'], 'epoch')}, evaluated in {duration(report['seconds'])} "
          f"({report['samples_per_second']:.0f} samples/s, {counted(report['threads'], 'thread')}), "
          f"peak memory {report['peak_rss_mb']:.0f} MB")
    for sentence in report["changes"]:
        print(sentence)
    print("\n".join([*measure_lines(report), ""]))
