"""The kinds of input that users hand to neurosim, each with sound examples and the commands that read it."""

import gzip
import io
import shutil
import tarfile
import tomllib
import typing
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Callable

import numpy as np

from digits import TEXT, write_digits
from fuzz import event_files
from fuzz.hostile import NUMBERS, STRINGS, choose, mutate, mutate_bytes, mutate_lines, nearby, toml_text
from fuzz.run_files import mutated, read, write
from sweep_folders import mutate as damage
from sweep_folders import prepared

CHIP = ["synapses.device=choi-2018-epiram", "synapses.rounds=20", "array.tile=32", "readout.kind=adc", "readout.bits=6",
        "readout.noise=fresh", "device.read_noise=0.02"]


class Base:
    """Sound inputs in a folder, each made when it is first asked for."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    @cached_property
    def digits(self):
        """Folder with a data set of 80 and 30 images."""
        (self.folder / "digits").mkdir(exist_ok=True)
        return write_digits(self.folder / "digits")

    @cached_property
    def config(self):
        """A configuration as a nested table."""
        table = tomllib.loads(TEXT)
        table["data"] |= {"path": str(self.digits), "train_samples": 20, "test_samples": 20}
        table["training"]["epochs"] = 1
        return table

    @cached_property
    def configs(self):
        """Configurations of different kinds of networks, as nested tables."""
        chip = table_copy(self.config) | {
            "synapses": {"device": "choi-2018-epiram", "rounds": 20, "pulses": "stochastic", "mapping": "pair"},
            "device": {"c2c": 0.1, "stuck_on": 0.01}, "array": {"tile": 32, "word_line": 1.0},
            "readout": {"kind": "adc", "bits": 5, "noise": "fresh", "offset": 0.1}}
        rate = table_copy(self.config) | {"neurons": {"kind": "rate", "epsilon": 0.5}}
        rate["network"]["input"] = "analog"
        recorded = table_copy(self.config) | {"record": {"layers": ["conv1"], "samples": 2, "traces": True}}
        return [self.config, chip, rate, recorded]

    @cached_property
    def runs(self):
        """Run files: ideal synapses with records, and a chip."""
        made = []
        for name, table, changes in (("ideal", self.config, ["record.layers=['conv1']", "record.samples=2"]),
                                     ("chip", self.config, CHIP)):
            config = self.folder / f"{name}.toml"
            config.write_text(toml_text(table))
            made.append(self.folder / f"{name}.h5")
            quietly("train", config, "--out", made[-1], "--no-figure", "--quiet", "--set", *changes)
        return made

    @cached_property
    def contents(self):
        """What the run files hold, see `run_files.read`."""
        return [read(path) for path in self.runs]

    @cached_property
    def sweeps(self):
        """Folders of finished sweeps: a grid, a zip and a sensitivity analysis."""
        (self.folder / "sweeps").mkdir()
        return [folder for folder, _ in prepared(self.folder / "sweeps").values()]

    @cached_property
    def trains(self):
        """Text of measured pulse trains of several laws, in siemens."""
        random, made = np.random.default_rng(3), []
        x = np.linspace(0, 1, 60)
        for curve in (x, 1 - np.exp(-3 * x), x ** 0.5):
            up = 1e-6 + 1e-5 * curve + random.normal(0, 1e-7, x.size)
            down = 1.1e-5 - 1e-5 * curve + random.normal(0, 1e-7, x.size)
            made.append("up,down\n" + "\n".join(f"{abs(a):.6e},{abs(b):.6e}" for a, b in zip(up, down)))
        return made


def quietly(*words):
    """Run a command that must succeed."""
    from neurosim.cli import main
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(list(map(str, words)))
    if code:
        raise RuntimeError(f"neurosim {' '.join(map(str, words))}: {code}\n{out.getvalue()}\n{err.getvalue()}")


def table_copy(table):
    """A deep copy of a nested table."""
    return tomllib.loads(toml_text(table))


@dataclass(frozen=True)
class Kind:
    """One kind of input.

    make : function of (Base, folder, random) that writes the input and returns the commands that read it
    """

    name: str
    make: Callable

    def commands(self, base, folder, seed):
        """Write the input of a seed into `folder`; returns the commands, lists of words."""
        return self.make(base, folder, np.random.default_rng([seed, sum(self.name.encode())]))


def config(base, folder, random):
    """A mutated configuration, trained."""
    table = shortened(mutate(table_copy(choose(random, base.configs)), random))
    text = toml_text(table).encode("utf-8", "replace")
    (folder / "my.toml").write_bytes(mutate_bytes(text, random) if random.random() < 0.1 else text)
    return [["train", "my.toml", "--quiet", *([] if random.random() < 0.1 else ["--no-figure"])]]


def shortened(table, most=2000):
    """A configuration whose phases have at most so many steps, where more are allowed: long work is not a hang."""
    learning = table.get("learning")
    for key in ("free_steps", "nudge_steps", "free_limit") if isinstance(learning, dict) else ():
        steps = learning.get(key)
        if isinstance(steps, int) and most < steps < 65536:
            learning[key] = most
    return table


def overrides(base, folder, random):
    """Values of keys of a configuration and of the device on the command line, hostile and nearly right ones."""
    from neurosim.memristor.device import IMPERFECTIONS, RANGE
    table = choose(random, base.configs)
    (folder / "my.toml").write_text(toml_text(table))
    fields = fields_of_config(table)
    if "device" in table:
        fields |= dict.fromkeys((f"device.{key}" for key in (*RANGE, *IMPERFECTIONS)), (0.1, []))
    words = []
    for _ in range(choose(random, [1, 1, 1, 2, 3])):
        key = choose(random, sorted(fields))
        old, choices = fields[key]
        number = isinstance(old, (int, float, list)) or random.random() < 0.05
        if random.random() < 0.3:
            new = choose(random, NUMBERS if number else STRINGS)
        elif isinstance(old, (int, float)) and not isinstance(old, bool):
            new = nearby(random, old)
        else:
            new = choose(random, [*choices, old]) if not isinstance(old, bool) else str(not old).lower()
        words.append(f"{key}={new}".replace("\x00", ""))
    return [["train", "my.toml", "--quiet", "--no-figure", "--set", *words]]


def fields_of_config(table):
    """Keys of the sections of a configuration: dict from dotted key to (value, texts that it may hold)."""
    from neurosim.experiment.config import Config
    from neurosim.tables import from_table, to_table
    config = from_table(Config, table)
    values, fields = to_table(config), {}
    for section in values:
        kinds = typing.get_type_hints(type(getattr(config, section)))
        for key, value in values[section].items() if kinds else ():
            kind = kinds.get(key)
            literals = [kind, *typing.get_args(kind)]
            choices = [text for one in literals if typing.get_origin(one) is typing.Literal
                       for text in typing.get_args(one)]
            fields[f"{section}.{key}"] = value, choices
    return fields


def cards_of(pattern):
    """Texts of cards that ship."""
    from neurosim.cards import FOLDERS
    folder = next(folder for folder in FOLDERS if folder.is_dir())
    return [path.read_text() for path in sorted(folder.glob(pattern))]


def mutated_toml(text, random):
    """The text of a card with another value of one of its numbers, other tables, or other bytes."""
    if random.random() < 0.15:
        return mutate_bytes(text.encode(), random)
    table = tomllib.loads(text)
    entry = choose(random, list(table["values"].values()))
    if random.random() < 0.5:
        entry |= mutate({"value": entry["value"]}, random)
    else:
        table = mutate(table, random)
    return toml_text(table).encode("utf-8", "replace")


def card(base, folder, random):
    """A mutated device card: shown, drawn, trained on."""
    name = choose(random, ["my.toml"] * 5 + ["a$x_{.toml", "ü b.toml"])
    text = choose(random, cards_of("*.toml"))
    (folder / name).write_bytes(mutated_toml(text, random))
    (folder / "c.toml").write_text(toml_text(base.config))
    draw = random.random() < 0.1
    return [["device", "show", name], *([["device", "plot", name]] if draw else []),
            *([["train", "c.toml", "--device", name, "--quiet", "--no-figure"]] if 'law = "table"' not in text else [])]


def prices(base, folder, random):
    """A mutated price card: what an inference costs, as text, figure and page."""
    cards = [text for text in cards_of("prices/*.toml") if "adc_rate" in text]    # of a chip, not of its rivals
    (folder / "my.toml").write_bytes(mutated_toml(choose(random, cards), random))
    shutil.copy(choose(random, base.runs), folder / "run.h5")
    shown = choose(random, [["energy", "run.h5"]] + [["energy", "run.h5", "--no-figure"]] * 4)
    return [[*shown, "--prices", "my.toml"]]


def trains(base, folder, random):
    """A mutated file of measured pulses, fitted: mostly by the law that takes least time, now and then by all."""
    from neurosim.memristor.fitting import FITTED
    (folder / "my.csv").write_bytes(mutate_lines(choose(random, base.trains), random))
    laws = choose(random, [["soft-bounds"]] * 40 + [[law] for law in FITTED] + [FITTED])
    return [["device", "fit", "my.csv", "-o", "my.toml", "--law", *laws]]


def run(base, folder, random):
    """A mutated run file that is sound HDF5, handed to a verb that reads it."""
    write(folder / "run.h5", *mutated(*choose(random, base.contents), random))
    page, others = ["report", "run.h5", "-o", "r.html"], [
        ["evaluate", "run.h5", "--quiet"], ["evaluate", "run.h5", "--quiet"], ["energy", "run.h5", "--no-figure"],
        ["energy", "run.h5", "--no-figure"], ["plot", "run.h5"], ["record", "run.h5", "--layers", "conv1"],
        ["train", "--resume", "run.h5", "--quiet", "--no-figure"]]
    return [page if random.random() < 0.05 else choose(random, others)]


def bytes_of_run(base, folder, random):
    """A run file with changed bytes, which its checksum tells; the HDF5 library is not to meet them."""
    (folder / "run.h5").write_bytes(mutate_bytes(choose(random, base.runs).read_bytes(), random))
    return [choose(random, [["evaluate", "run.h5", "--quiet"], ["energy", "run.h5"], ["plot", "run.h5"]])]


def sweep(base, folder, random):
    """A mutated sweep file; of one with many points a single one is computed."""
    (folder / "base.toml").write_text(toml_text(base.config))
    grid = random.random() < 0.6
    axis = choose(random, [{"linear": [0.1, 0.5], "points": 3}, {"log": [0.001, 0.1], "points": 2}, [0.1, 0.2], [0.3]]
                  if grid else [{"linear": [0.1, 0.5]}, {"log": [0.001, 0.1]}])
    table = {"base": "base.toml", "repeats": 1, "fixed": {"training.epochs": 0}, "axes": {"learning.beta": axis}}
    table |= {"method": choose(random, ["grid", "zip"])} if grid else {"method": "random", "samples": 4}
    (folder / "s.toml").write_bytes(toml_text(mutate(table, random)).encode("utf-8", "replace"))
    return [["sweep", "s.toml", "--jobs", "1", "--shard", "97/1000000", "--quiet"]]


def results(base, folder, random):
    """A damaged folder of a finished sweep, shown in every way."""
    shutil.copytree(choose(random, base.sweeps), folder / "s")
    if random.random() < 0.2:
        path = choose(random, sorted((folder / "s").rglob("*.json")))
        path.write_bytes(mutate_bytes(path.read_bytes(), random))
    else:
        damage(folder / "s", Random(int(random.integers(2 ** 31))))
    return [choose(random, [["sweep", "status", "s"], ["sweep", "table", "s"], ["sweep", "status", "s", "--json"],
                            ["sweep", "plot", "s", "--format", "svg"],
                            ["sweep", "table", "s", "--csv", "t.csv", "--force"],
                            ["report", "s", "-o", "r.html"]])]


def images(base, folder, random):
    """A mutated data set in MNIST's format, or in CIFAR's."""
    (folder / "c.toml").write_text(toml_text(base.config))
    (folder / "d").mkdir()
    if random.random() < 0.3:
        _cifar(folder / "d", random)
        words = ["data.name=cifar10", "data.path=d", "data.validation_samples=2", "data.train_samples=0",
                 "training.batch=1"]
    else:
        for path in base.digits.iterdir():
            shutil.copy(path, folder / "d" / path.name)
        _mutate_idx(choose(random, sorted((folder / "d").iterdir())), random)
        words = ["data.path=d"]
    return [["train", "c.toml", "--quiet", "--no-figure", "--set", *words]]


def events(base, folder, random):
    """A mutated file of events, learnt from."""
    event_files.write(folder / "my.npz", event_files.packed(event_files.sound(random)))
    _mutate_npz(folder / "my.npz", random)
    (folder / "my.toml").write_text(toml_text(event_files.CONFIG))
    return [["train", "my.toml", "--quiet", "--no-figure"]]


def _mutate_npz(path, random):
    event_files.mutate(path, random)


def _mutate_idx(path, random):
    """Change a gzipped IDX file: outside, its header, its values."""
    packed = path.read_bytes()
    content = gzip.decompress(packed)
    head, same = 4 + 4 * content[3], bytes([choose(random, [0, 1, 9, 100, 255])])
    size, most = len(content) - head, choose(random, [2, 10, 256])
    values = random.integers(0, most, size, dtype=np.uint8).tobytes()
    changed = choose(random, [content[:4] + random.bytes(head - 4) + content[head:], content[:head] + values,
                              content[:head] + values[:size // 2] + content[head + size // 2:],
                              content[:head] + same * size, mutate_bytes(content, random)])
    path.write_bytes(mutate_bytes(packed, random) if random.random() < 0.2 else gzip.compress(changed, 1))


def _cifar(folder, random):
    """The archive of CIFAR-10 with a few images, mutated inside or outside."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name in [f"data_batch_{i}.bin" for i in range(1, 6)] + ["test_batch.bin"]:
            content = random.integers(0, 10, 3073 * 2, dtype=np.uint8).tobytes()
            if random.random() < 0.3:
                content = mutate_bytes(content, random)
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    content = buffer.getvalue()
    broken = mutate_bytes(content, random) if random.random() < 0.5 else content
    (folder / "cifar-10-binary.tar.gz").write_bytes(broken)


KINDS = {kind.name: kind for kind in (
    Kind("config", config), Kind("overrides", overrides), Kind("card", card), Kind("prices", prices),
    Kind("trains", trains), Kind("run", run), Kind("bytes", bytes_of_run), Kind("sweep", sweep),
    Kind("results", results), Kind("images", images), Kind("events", events))}
