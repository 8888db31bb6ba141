"""Whatever a user's file says, it cannot move the cursor, paint or hide on a terminal."""

import io
import shlex
import sys
from pathlib import Path

import pytest

from neurosim.cli import main
from neurosim.cli.terminal import Escaped, command, escaped_output

CARD = r'''
name = "A\u001b]0;title\u0007\u009b2J\u202e B"
law = "linear"
citation = "Someone\r\u001b[1A\nand \u007f others"
note = "note \u2066 x"

[sources]
paper = "Table\u001b[8m 1\n\u0008\u2028"

[values]
g_min = { value = 1e-6, unit = "S", source = "paper" }
g_max = { value = 1e-5, unit = "S", source = "paper" }
step_up = { value = 1e-7, unit = "S", source = "paper" }
step_down = { value = 1e-7, unit = "S", source = "paper" }
set_voltage = { value = 1.0, unit = "V", source = "paper" }
set_width = { value = 1e-6, unit = "s", source = "paper" }
reset_voltage = { value = -1.0, unit = "V", source = "paper" }
reset_width = { value = 1e-6, unit = "s", source = "paper" }
read_voltage = { value = 0.1, unit = "V", source = "paper" }
'''


def clean(text):
    return not [c for c in text if c != "\n" and not c.isprintable()]


@pytest.mark.parametrize("words", [["show", "{}"], ["plot", "{}", "-o", "a.svg"], ["show", "{}", "--json"],
                                   ["show", "{}", "--set", "\x1b[2J=3"], ["show", "no\x1b[2Jne"],
                                   ["show", "{}\r.toml"]])
def test_a_hostile_card_is_printed_escaped(here, capsys, words):
    path = here / "a$b$\x1b[1m.toml"
    path.write_text(CARD, encoding="utf-8")
    code = main(["device", *(word.format(path) for word in words)])
    out, err = capsys.readouterr()
    assert code == (2 if err else 0) and out + err and clean(out) and clean(err) and err.count("\n") <= 1


def test_a_long_value_is_not_printed_whole(here, capsys):
    assert main(["device", "show", "choi-2018-epiram", "--set", f"c2c={'x' * 50_000}"]) == 2
    err = capsys.readouterr().err
    assert len(err) < 1100 and "is not a finite number; write one" in err and err.count("\n") == 1


def test_lines_tabs_and_progress_bars_stay():
    behind = io.StringIO()
    stream = Escaped(behind)
    assert stream.write("a\tb\n\x1b[2J\r") == 9
    stream.write("\r 10 % \x1b")
    assert behind.getvalue() == "a\tb\n\\x1b[2J\\r\r 10 % \\x1b"
    assert not stream.isatty()


def test_letters_that_the_terminal_lacks_are_escaped(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    with escaped_output():
        print("5 µS \udcff")
        sys.stdout.flush()
    assert raw.getvalue() == b"5 \\xb5S \\udcff\n"


@pytest.mark.parametrize("name", ["run.h5", "my run.h5", "-x.h5", "a$b`c`.h5", "a'b\".h5", "a\nb.h5", "$(x).h5"])
def test_a_command_that_is_printed_can_be_run(name):
    words = shlex.split(command("plot", Path(name), "--scale", "-1"))
    assert words[:2] == ["neurosim", "plot"] and words[3:] == ["--scale", "-1"]
    assert Path(words[2]) == Path(name) and not words[2].startswith("-")
