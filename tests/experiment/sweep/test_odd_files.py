"""Sweep files with odd values: one short sentence each, and nothing from numpy or Python."""

import itertools

import pytest

from neurosim.experiment.sweep.spec import read_sweep

VALUES = ("0", "-0.0", "5e-324", "1e-300", "1e300", "1.7976931348623157e308", "inf", "nan", "true", "'x'", "[1]", "[]",
          "{}", "2024-01-01", "07:32:00", f"'{'y' * 2000}'", f"[{'1,' * 500}]", "9223372036854775807", f"1{'0' * 400}")
KEYS = ("seed", "learning.beta", "training.batch", "optimiser.rates", "network.layers", "synapses.device", "data.path")


def told(tmp_path, text):
    """What is wrong with a sweep file; "" where it is read."""
    (tmp_path / "s.toml").write_text(text)
    try:
        read_sweep(tmp_path / "s.toml")
    except ValueError as error:
        return str(error).replace(str(tmp_path), "")
    return ""


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("place", ['repeats = 2\n[fixed]\n"{}" = {}', '[axes]\n"{}" = [{}]', '[axes]\n"{}" = {}'])
def test_odd_values_are_one_short_sentence(tmp_path, key, place):
    for value in VALUES:
        sentence = told(tmp_path, 'base = "mnist-small"\n' + place.format(key, value))
        assert "\n" not in sentence and len(sentence.partition("; choose from")[0]) < 330, sentence
        assert not any(word in sentence for word in ("concatenate", "object", "numpy", "datetime")), sentence


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_ranges_of_any_two_numbers_are_read_or_refused(tmp_path, scale):
    numbers = [value for value in VALUES if value[0] in "-0159" and "-0" not in value[1:] and ":" not in value]
    for low, high in itertools.product([*numbers, "inf", "-1.7e308", "1e-150", "1e150"], repeat=2):
        text = f'base = "mnist-small"\n[axes]\n"price.adc_rate" = {{{scale} = [{low}, {high}], points = 3}}\n'
        assert "\n" not in told(tmp_path, text)


def test_a_seed_that_is_no_integer_is_said(tmp_path):
    found = told(tmp_path, 'base = "mnist-small"\nrepeats = 2\n[fixed]\nseed = [1]\n')
    assert found.endswith("seed: expected an integer, got [1]")


def test_a_date_is_no_value(tmp_path):
    for text in ('[axes]\n"data.path" = [[2024-01-01]]\n', 'repeats = 2\n[fixed]\n"data.path" = 2024-01-01\n'):
        assert "2024-01-01 is a date or a time, which no key takes" in told(tmp_path, 'base = "mnist-small"\n' + text)
