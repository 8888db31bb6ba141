"""Presets are found by name, whether the package is installed or stands in a checkout."""

import pytest

from neurosim.experiment import presets

TEXT = """\
# Dense network on MNIST
#
#   error   3 %
#   time    5 minutes

# not of the header
seed = 1
"""


@pytest.fixture
def folders(tmp_path, monkeypatch):
    installed, checkout = tmp_path / "installed", tmp_path / "checkout"
    monkeypatch.setattr(presets, "FOLDERS", (installed, checkout))
    checkout.mkdir()
    for name in ("mnist", "mnist-best", "oconnor2019"):
        (checkout / f"{name}.toml").write_text(TEXT)
    (checkout / "README.md").touch()
    return installed, checkout


def test_presets_of_a_checkout(folders):
    assert presets.preset_names() == ["mnist", "mnist-best", "oconnor2019"]
    assert presets.preset_path("mnist") == folders[1] / "mnist.toml"


def test_installed_presets_come_first(folders):
    folders[0].mkdir()
    (folders[0] / "only.toml").touch()
    assert presets.preset_names() == ["only"]


def test_no_presets_at_all(tmp_path, monkeypatch):
    monkeypatch.setattr(presets, "FOLDERS", (tmp_path / "none",))
    with pytest.raises(ValueError, match="preset 'mnist': unknown; there is nothing to choose from"):
        presets.resolve("mnist")


def test_a_name_or_a_path_is_resolved(folders, tmp_path):
    own = tmp_path / "mine.toml"
    own.touch()
    assert presets.resolve("mnist-best") == folders[1] / "mnist-best.toml"
    assert presets.resolve(str(own)) == own and presets.resolve(own) == own


@pytest.mark.parametrize("name, message", [
    ("mnits", "preset 'mnits': unknown; did you mean 'mnist'?"),
    ("xyz", "preset 'xyz': unknown; choose from mnist, mnist-best, oconnor2019"),
    ("none/mine.toml", "none/mine.toml: no such file; check the path or name a preset: mnist, mnist-best, oconnor2019"),
    ("../mnist", "../mnist: neither a preset nor a .toml file; give a name or a path that ends in .toml"),
])
def test_what_is_not_there(folders, name, message):
    with pytest.raises(ValueError) as caught:
        presets.resolve(name)
    assert str(caught.value) == message


def test_the_header_is_the_first_block_of_comments(folders):
    path = presets.preset_path("mnist")
    assert presets.header(path) == "Dense network on MNIST\n\n  error   3 %\n  time    5 minutes"
    assert presets.summary(path) == "Dense network on MNIST"


def test_a_file_without_a_header(tmp_path):
    (tmp_path / "bare.toml").write_text("seed = 1\n# late\n")
    assert presets.header(tmp_path / "bare.toml") == presets.summary(tmp_path / "bare.toml") == ""
