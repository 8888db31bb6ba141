"""Columns of text: words begin, and numbers end, under each other."""

import neurosim
from neurosim.alignment import aligned


def test_words_begin_and_numbers_end_together():
    assert aligned([("layer", "spikes"), ("conv1", "7"), ("output", "1,024")], indent="  ") == [
        "  layer   spikes", "  conv1        7", "  output   1,024"]


def test_words_alone_have_no_spaces_at_the_end():
    assert aligned([("name", "what"), ("a", "bb")], names=None) == ["name  what", "a     bb"]
    assert aligned([]) == []


def test_words_are_wrapped_to_a_width_and_numbers_and_names_stay_whole():
    rows = [("a-name-of-a-recipe-that-is-long", "what it claims, " * 9, "12345", "where " * 7), ("b", "c", "1", "d")]
    for width in (80, 100, 118):
        lines = aligned(rows, {0, 1, 3}, "  ", width)
        assert max(map(len, lines)) <= width and lines[0].startswith("  a-name-of-a-recipe-that-is-long  what it")
        assert len({line.find("12345") for line in lines} - {-1}) == 1 and lines[-1].split() == ["b", "c", "1", "d"]
        assert " ".join(" ".join(lines).split()).count("where") == 7
    assert aligned(rows, 2, width=400) == aligned(rows, 2) and aligned([], width=80) == []


def test_tables_of_calls_fit_the_terminal(monkeypatch):
    for columns in (100, 118, 160):
        monkeypatch.setenv("COLUMNS", str(columns))
        for table in (neurosim.recipes(), neurosim.presets(), neurosim.studies(), neurosim.data_sets()):
            assert max(map(len, repr(table).splitlines())) <= columns
    assert max(map(len, repr(neurosim.devices()).splitlines())) <= 160
