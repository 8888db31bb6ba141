"""Columns of text: words begin, and numbers end, under each other."""

from neurosim.alignment import aligned


def test_words_begin_and_numbers_end_together():
    assert aligned([("layer", "spikes"), ("conv1", "7"), ("output", "1,024")], indent="  ") == [
        "  layer   spikes", "  conv1        7", "  output   1,024"]


def test_words_alone_have_no_spaces_at_the_end():
    assert aligned([("name", "what"), ("a", "bb")], names=None) == ["name  what", "a     bb"]
    assert aligned([]) == []
