"""Progress on a terminal, in a log, and nowhere; interruptions."""

import io
import os
import re
import signal
import sys

import pytest

from neurosim.cli import display
from neurosim.cli.watching import Interruption


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


def test_quiet_shows_warnings_only(capsys):
    silence = display.choose_display(quiet=True)
    silence.advance("epoch 1/2", 1, 2, "")
    silence.line("line")
    silence.warn("layer conv1 is silent")
    assert capsys.readouterr().err == "warning: layer conv1 is silent\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_interruption_is_a_wish_and_the_second_is_not(number, capfd):
    before = signal.getsignal(number)
    with Interruption() as interruption:
        assert not interruption.wished
        os.kill(os.getpid(), number)
        assert interruption.wished
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
            signal.sigtimedwait([], 1)
    assert signal.getsignal(number) is before
    assert "stopping after this batch" in capfd.readouterr().err
