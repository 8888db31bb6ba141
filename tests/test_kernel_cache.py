"""Machine code belongs to one source, one set of libraries and one processor."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from neurosim import _source
from neurosim._jit import kernel_cache, kernels_digest
from neurosim._jit.kernel_cache import IN_USE, KEPT, remove_unused
from neurosim.memristor._kernels import pulse_loop
from neurosim.memristor.laws import LAWS
from neurosim.neurons.rate import advance_rate
from neurosim.results import provenance

PACKAGE = Path(_source.__file__).resolve().parent
MOVE = """
import numpy as np
from neurosim import DeviceArray, load_device
array = DeviceArray(load_device({card!r}, {{"c2c": 0, "c2c_additive": 0}}), (1,), seed=1)
before = array.conductances()[0]
array.pulse(np.full(1, 10))
print((array.conductances()[0] - before) / array.device["step_up"])
"""
CARD = PACKAGE.parent / "devices" / "gokmen-2016-idealized.toml"


def steps(folder, cache):
    """Steps that ten set pulses of the package in `folder` make."""
    environment = os.environ | {"PYTHONPATH": str(folder), "NUMBA_CACHE_DIR": str(cache)}
    found = subprocess.run([sys.executable, "-P", "-c", MOVE.format(card=str(CARD))], env=environment, check=True,
                           capture_output=True, text=True, cwd=folder)
    return float(found.stdout)


@pytest.mark.slow
@pytest.mark.skipif(not CARD.is_file(), reason="needs the checkout")
def test_a_changed_law_is_seen_by_the_kernels_of_other_files(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "neurosim", ignore=shutil.ignore_patterns("__pycache__"))
    law = tmp_path / "neurosim" / "memristor" / "laws" / "linear.py"
    source = law.read_text()
    assert steps(tmp_path, tmp_path / "cache") > 1
    first = set((tmp_path / "cache").iterdir())
    begin = source.index("return", source.index("def step"))
    law.write_text(source[:begin] + "return 0.0 *" + source[begin + len("return"):])
    assert steps(tmp_path, tmp_path / "cache") == 0
    second = set((tmp_path / "cache").iterdir()) - first
    assert len(first) == len(second) == 1
    kept = {file: file.stat().st_mtime_ns for file in next(iter(first)).rglob("*.nbc")}
    law.write_text(source)
    assert kept and steps(tmp_path, tmp_path / "cache") > 1
    assert kept == {file: file.stat().st_mtime_ns for file in next(iter(first)).rglob("*.nbc")}, "not compiled again"


def test_every_module_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(_source, "PACKAGE", tmp_path)
    assert _source.read_source_digest() == "", "no source, no cache"
    found = set()
    for name, text in (("a.py", "1"), ("a.py", "12"), ("b/c.py", "1"), ("b/c.py", "2"), ("b/d.py", ""), ("b.py", "")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        found.add(_source.read_source_digest())
    assert len(found) == 6


@pytest.mark.parametrize("owner, name", [(kernel_cache.llvmlite, "__version__"), (kernel_cache.numba, "__version__"),
                                         (kernel_cache.config, "OPT"), (kernel_cache.config, "USING_SVML"),
                                         (kernel_cache.platform, "python_version"),
                                         (kernel_cache.llvmlite.binding, "get_host_cpu_name"),
                                         (kernel_cache, "source_digest")])
def test_libraries_settings_and_processor_are_part_of_the_name(owner, name, monkeypatch):
    before = kernels_digest()
    monkeypatch.setattr(owner, name, (lambda: "other") if callable(getattr(owner, name)) else "0.0.1")
    assert kernels_digest.__wrapped__() != before


def test_a_run_names_its_source_and_its_kernels():
    found = provenance(0)
    assert found["source"] == _source.read_source_digest() and found["kernels"] == kernels_digest()


def make(home, number, age):
    folder = home / f"neurosim-0.1.0-{number:020x}"
    folder.mkdir()
    (folder / "kernel.nbc").write_bytes(b"code")
    os.utime(folder, (time.time() - age, time.time() - age))
    return folder


def test_unused_folders_go_and_nothing_else(tmp_path):
    busy = [make(tmp_path, i, IN_USE / 2) for i in range(KEPT + 2)]
    old = [make(tmp_path, 50 + i, 2 * IN_USE + i) for i in range(3)]
    others = [tmp_path / name for name in ("neurosim-0.1.0", "mine", "neurosim-x-00000000000000000000")]
    for other in others:
        other.mkdir()
        os.utime(other, (0, 0))
    elsewhere = tmp_path.parent / "elsewhere"
    elsewhere.mkdir()
    link = tmp_path / f"neurosim-0.1.0-{99:020x}"
    link.symlink_to(elsewhere)
    remove_unused(tmp_path)
    assert all(folder.is_dir() for folder in (*busy, *others, elsewhere, link))
    assert not any(folder.exists() for folder in old)


def test_the_last_used_folders_stay_until_they_are_forgotten(tmp_path):
    recent = [make(tmp_path, i, 2 * IN_USE + i) for i in range(KEPT)]
    remove_unused(tmp_path)
    assert all(folder.is_dir() for folder in recent)
    os.utime(recent[0], (0, 0))
    remove_unused(tmp_path)
    assert [folder.is_dir() for folder in recent] == [False] + [True] * (KEPT - 1)


def test_nothing_is_kept_of_a_source_that_has_changed_since(monkeypatch, tmp_path):
    monkeypatch.setattr(kernel_cache, "kernels_folder", lambda: tmp_path)
    kept = kernel_cache.KernelCache(advance_rate.py_func)
    monkeypatch.setattr(kernel_cache, "read_source_digest", lambda: "another")
    kept.save_overload(None, None)
    assert not any(tmp_path.rglob("*"))


def test_processes_that_compile_at_once_do_not_mix_up_types(tmp_path, monkeypatch):
    """Both find an empty index; whatever index stays, no key leads to the machine code of the other."""
    files = kernel_cache._CompiledFiles(str(tmp_path), "kernel", "stamp")
    for key in ("float32", "float64"):
        with monkeypatch.context() as patch:
            patch.setattr(files, "_load_index", dict)
            files.save(key, f"code for {key}")
    assert {key: files.load(key) for key in ("float32", "float64")} == {"float32": None, "float64": "code for float64"}
    files.save("float32", "code for float32")
    assert [files.load(key) for key in ("float32", "float64")] == ["code for float32", "code for float64"]


OWN = """
import numpy as np
from helper import half
from neurosim import EventsEngine, IdealSynapses, Network, Neurons, dense
from neurosim.neurons import Law, kernel, register

@kernel
def advance_own(x, d, v, s, phi, direct, eps, lam, bounds, parameters):
    for j in range(x.size):
        x[j] = half(phi[j] + direct[j])
        s[j] = x[j]

register(Law(name="own", advance=advance_own, sends="states"))
engine = EventsEngine(network := Network([dense(2)], (3,), Neurons(kind="own"), input="analog"))
engine.load(IdealSynapses({"input-output": np.ones((2, 3), np.float32)}).effective(), network.initial_biases())
mean = engine.relax(engine.rest(1), np.ones((1, 3), np.float32), 2).mean
print(mean[0, -1], sum(engine._loop.stats.cache_hits.values()))
"""
HELPER = "from neurosim.neurons import kernel\n\n\n@kernel\ndef half(x):\n    return {factor} * x\n"


@pytest.mark.slow
def test_a_law_of_ones_own_is_never_that_of_yesterday(tmp_path):
    """Its file stays, a function that it calls changes; what has not changed is found again."""
    (tmp_path / "own.py").write_text(OWN)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(PACKAGE.parent), str(tmp_path)]),
                                "NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    found = []
    for factor in (0.5, 0.25, 0.5):
        (tmp_path / "helper.py").write_text(HELPER.format(factor=factor))
        done = subprocess.run([sys.executable, tmp_path / "own.py"], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found.append(done.stdout.split())
    assert found == [["1.5", "0"], ["0.75", "0"], ["1.5", "1"]]


def test_kernels_of_one_factory_have_names_of_their_own():
    """Machine code is linked by names: two laws' loops that were compiled in two processes would be mixed up."""
    loops = [pulse_loop(law.step, law.tabular, scaled) for law in (LAWS["exponential"], LAWS["linear"])
             for scaled in (False, True)]
    assert len({loop.py_func.__qualname__ for loop in loops}) == 4
    assert pulse_loop(LAWS["soft-bounds"].step, False, True) is loops[-1], "the linear law, of slope 1"


MOVES = """
import sys
from neurosim import DeviceArray, load_device
for card in sys.argv[1:]:
    array = DeviceArray(load_device(card, {"c2c": 0.0}), (4,), seed=1)
    array.pulse([3, 1, -1, 2])
    print(array.cells.g.tolist())
"""


@pytest.mark.slow
def test_two_laws_compiled_in_two_processes_do_what_they_do_alone(tmp_path):
    """In processes that find all other kernels on the disk, each is the first that is compiled."""
    environment = os.environ | {"PYTHONPATH": str(PACKAGE.parent), "NUMBA_CACHE_DIR": str(tmp_path)}

    def moved(*cards):
        return subprocess.run([sys.executable, "-P", "-c", MOVES, *cards], env=environment, check=True, text=True,
                              capture_output=True, cwd=tmp_path).stdout.splitlines()
    moved("choi-2018-epiram")
    cards = "nandakumar-2020-pcm", "gong-2022-reram-hfo2"
    alone = [moved(card)[0] for card in cards]
    assert moved(*cards) == alone and moved(*cards[::-1]) == alone[::-1]
