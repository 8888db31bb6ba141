"""Progress on a terminal, in a log, and nowhere; interruptions."""

import io
import re
import signal
import sys
import time
from types import ModuleType, SimpleNamespace

import pytest

from neurosim import _signals
from neurosim.experiment.pipeline import display
from neurosim.experiment.pipeline.interruption import Interruption


class Screen(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    time = [1000.0]
    monkeypatch.setattr(display.time, "monotonic", lambda: time[0])
    return time


def test_a_log_has_a_dated_line_every_half_minute(clock, capsys):
    log = display.choose_display(quiet=False)
    for done in range(1, 101):
        log.advance("epoch 1/2", done, 100, "error 3%")
        clock[0] += 1
    log.advance("epoch 2/2", 1, 100, "")
    lines = capsys.readouterr().err.splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  epoch", line) for line in lines)
    assert [line[21:] for line in lines] == [
        *(f"epoch 1/2: {done} of 100, error 3%" for done in (1, 31, 61, 91)), "epoch 2/2: 1 of 100"]


def test_a_terminal_has_a_bar_that_goes_away(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    terminal = display.choose_display(quiet=False)
    terminal.advance("epoch 1/2", 50, 100, "error 3%")
    assert screen.getvalue().endswith("| error 3%") and "epoch 1/2  50% |" in screen.getvalue()
    terminal.line("epoch 1/2: done")
    assert screen.getvalue().endswith("\repoch 1/2: done\n")


def test_a_notebook_has_a_bar_of_its_own_and_lines_in_the_cell(monkeypatch, capsys):
    """What tqdm.auto takes for it is its affair; lines, of compilation too, stand in the output of the cell."""
    bars = []
    monkeypatch.setitem(sys.modules, "ipykernel", object())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert not isinstance(display.choose_display(quiet=False), display.Notebook), "imported, and no notebook"
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=1)))
    bar_maker = ModuleType("tqdm.auto")
    bar_maker.tqdm = lambda **options: bars.append(options) or Bar()
    monkeypatch.setitem(sys.modules, "tqdm.auto", bar_maker)
    notebook = display.choose_display(quiet=False)
    notebook.advance("epoch 1/2", 50, 100, "error 3%")
    notebook.line("compiling kernels")
    assert [(bar["desc"], bar["total"]) for bar in bars] == [("epoch 1/2", 100)]
    assert capsys.readouterr() == ("compiling kernels\n", "")


class Bar:
    """What a display does with a bar of tqdm."""

    def refresh(self):
        assert (self.n, self.unit) == (50, "error 3%")

    def close(self):
        pass


def test_quiet_shows_warnings_only(capsys):
    silence = display.choose_display(quiet=True)
    silence.advance("epoch 1/2", 1, 2, "")
    silence.line("line")
    silence.warn("layer conv1 is silent")
    assert capsys.readouterr().err == "warning: layer conv1 is silent\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_interruption_is_a_wish_and_the_second_is_not(number, capfd, monkeypatch):
    monkeypatch.setattr(_signals, "_leave_terminal", lambda: None)
    before = signal.getsignal(number)
    with Interruption() as interruption:
        interruption.hold()
        assert not interruption.wished
        for _ in range(2):    # shells and `timeout` send theirs twice
            signal.raise_signal(number)
        assert interruption.wished and interruption.code == 128 + number
        monkeypatch.setattr(_signals, "_ONE", 0.0)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(number) is before
    assert capfd.readouterr().err.count("stopping after this batch") == 1


def test_where_nothing_is_to_be_saved_the_first_interruption_raises():
    with Interruption() as interruption, pytest.raises(KeyboardInterrupt) as caught:
        signal.raise_signal(signal.SIGTERM)
    assert caught.value.code == 143 and not interruption.wished


def test_what_is_ignored_from_the_beginning_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)    # as nohup does
    try:
        with Interruption():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_interruption_that_a_destructor_swallows_comes_again():
    class Careless:
        def __del__(self):
            signal.raise_signal(signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt), _signals.listening():
        careless = Careless()
        del careless
        time.sleep(5)
