"""What ships is found by name, whether the package is installed or stands in a checkout."""

import pytest

from neurosim.experiment.shipped import STUDIES, ShippedFiles, header, summary
from neurosim.experiment.sweep.spec import read_sweep

TEXT = """\
# Dense network on MNIST
#
#   error   3 %
#   time    5 minutes

# not of the header
seed = 1
"""


@pytest.fixture
def folders(tmp_path):
    installed, checkout = tmp_path / "installed", tmp_path / "checkout"
    checkout.mkdir()
    for name in ("mnist", "mnist-best", "oconnor2019"):
        (checkout / f"{name}.toml").write_text(TEXT)
    (checkout / "README.md").touch()
    return installed, checkout


@pytest.fixture
def presets(folders):
    return ShippedFiles("preset", folders)


def test_files_of_a_checkout(folders, presets):
    assert presets.names() == ["mnist", "mnist-best", "oconnor2019"]
    assert presets.path("mnist") == folders[1] / "mnist.toml"


def test_installed_files_come_first(folders, presets):
    folders[0].mkdir()
    (folders[0] / "only.toml").touch()
    assert presets.names() == ["only"]


def test_no_files_at_all(tmp_path):
    presets = ShippedFiles("preset", (tmp_path / "none",))
    with pytest.raises(ValueError, match="preset 'mnist': unknown; there is nothing to choose from"):
        presets.resolve("mnist")


def test_a_name_or_a_path_is_resolved(folders, presets, tmp_path):
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
def test_what_is_not_there(presets, name, message):
    with pytest.raises(ValueError) as caught:
        presets.resolve(name)
    assert str(caught.value) == message


def test_the_header_is_the_first_block_of_comments(presets):
    path = presets.path("mnist")
    assert header(path) == "Dense network on MNIST\n\n  error   3 %\n  time    5 minutes"
    assert summary(path) == "Dense network on MNIST"


def test_a_file_without_a_header(tmp_path):
    (tmp_path / "bare.toml").write_text("seed = 1\n# late\n")
    assert header(tmp_path / "bare.toml") == summary(tmp_path / "bare.toml") == ""


@pytest.mark.parametrize("name", STUDIES.names())
def test_every_study_is_a_sweep_that_says_what_it_asks_and_how_long_it_takes(name, tmp_path, monkeypatch):
    path = STUDIES.path(name)
    assert summary(path).endswith("?") and "\n  time " in header(path) and f"neurosim sweep {name}" in header(path)
    if "fine_tune" in path.read_text():
        monkeypatch.chdir(tmp_path)
        with pytest.raises(ValueError, match="mnist-small.h5: no such file"):
            read_sweep(path)
    else:
        assert 20 <= len(read_sweep(path)) <= 100
