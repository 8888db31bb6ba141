"""Run files that are sound HDF5, sealed, and wrong in one place or two: every reader has one sentence for each.

    python tests/fuzz/run_files.py 3000 [seed [every]]     a count of what happened, and what no reader may do
"""

import contextlib
import io
import json
import os
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

#: Numbers that nobody expects.
ODD = (0, -1, 1, 3, 10 ** 6, 2 ** 53 + 1, 2 ** 62, float("nan"), float("inf"), -float("inf"), 1e300, -1e-300, 0.5)
TEXTS = ("", "input", "output", "conv1", "input-conv1 forward", "\x1b[31m", "$x$", "a" * 5000, "é")
OVERRIDES = ("network.layers.0.channels=4", "network.layers.0.kernel=3", "network.layers.0.pool=none",
             "network.layers.0.name=output1", "network.input=analog", "neurons.kind=rate", "synapses.mapping=offset",
             "synapses.device=ideal", "synapses.device=ideal-device", "synapses.pulses=stochastic", "readout.kind=adc",
             "synapses.pulses=write-verify", "array.tile=7", "training.batch=7", "training.epochs=9", "data.pad=2",
             "record.layers=['input']", "learning.estimator=one-sided", "learning.free_steps=auto", "seed=9",
             "array.word_line=5", "readout.noise=fresh", "readout.range=0.5", "optimiser.momentum=0")


def read(path):
    """Content of a run file: dict from name to (array, units, description), and its attributes."""
    import h5py
    tree = {}

    def keep(name, item):
        if isinstance(item, h5py.Dataset):
            tree[name] = item[()], item.attrs["units"], item.attrs["description"]
    with h5py.File(path, "r") as file:
        file.visititems(keep)
        return tree, dict(file.attrs)


def write(path, tree, attributes):
    """Write such a content as it is, with the seal that it needs."""
    import h5py

    from neurosim.results.seal import seal
    with h5py.File(path, "w") as file:
        for name, (values, units, description) in tree.items():
            with contextlib.suppress(ValueError):    # where a data set has taken the place of a group
                dataset = file.create_dataset(name, data=values)
                dataset.attrs["units"], dataset.attrs["description"] = units, description
        for name, value in attributes.items():
            file.attrs[name] = value
    with open(path, "r+b") as file:
        line = seal(file, file.seek(0, os.SEEK_END))
        file.seek(0, os.SEEK_END)
        file.write(line)


def mutated(tree, attributes, rng):
    """A copy of a content with one to three changes, and what they are."""
    tree, attributes, told = dict(tree), dict(attributes), []
    for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
        change = (_spoil_attribute, _spoil_config, *(_spoil_dataset,) * 6, _drop_group)[rng.integers(9)]
        told.append(change(tree, attributes, rng))
    return tree, attributes, "; ".join(told)


def _pick(items, rng):
    items = list(items)
    return items[rng.integers(len(items))]


def _drop_group(tree, attributes, rng):
    name = _pick(tree, rng)
    group = "/".join(name.split("/")[:rng.integers(1, name.count("/") + 2)])
    for key in [key for key in tree if key == group or key.startswith(f"{group}/")]:
        del tree[key]
    if rng.random() < 0.3:
        tree[group] = np.float64(1), "1", "in place of a group"
    return f"without {group}"


def _spoil_dataset(tree, attributes, rng):
    name = _pick(tree, rng)
    values, *rest = tree[name]
    change = _pick((_value, _value, _value, _length, _rank, _type, _rename, _swap), rng)
    changed = change(tree, name, np.array(values), rng)
    if changed is not None:
        tree[name] = changed, *rest
    return f"{change.__name__[1:]} of {name}"


def _value(tree, name, values, rng):
    """One value, or all, is something else."""
    if values.dtype.kind == "S":
        odd = _pick(TEXTS, rng).encode()
        values = values.astype(f"S{max(values.dtype.itemsize, len(odd), 1)}")
    else:
        odd = _pick(ODD, rng)
        if values.dtype.kind != "f" and not np.isfinite(odd):
            odd = 2 ** 62
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if values.ndim and values.size and rng.random() < 0.6:
            values.flat[rng.integers(values.size)] = _fitting(odd, values.dtype)
        else:
            values[...] = _fitting(odd, values.dtype)
    return values


def _fitting(odd, dtype):
    if dtype.kind not in "iu":
        return odd
    info = np.iinfo(dtype)
    return int(min(max(odd, info.min), info.max))


def _length(tree, name, values, rng):
    if not values.ndim:
        return np.repeat(values, 3)
    axis = int(rng.integers(values.ndim))
    return _pick((np.take(values, [], axis), np.take(values, range(min(1, values.shape[axis])), axis),
                  np.concatenate([values, values], axis), np.take(values, range(values.shape[axis] // 2), axis)), rng)


def _rank(tree, name, values, rng):
    return _pick((values[None], values.reshape(-1), values[..., None],
                  values.reshape(-1)[0] if values.size else values), rng)


def _type(tree, name, values, rng):
    kind = _pick(("i8", "u1", "f4", "f8", "f2", "?", "c16", "S3", "u8", ">f8", "i1"), rng)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return values.astype(kind)
        except (ValueError, TypeError):
            return np.zeros(values.shape, kind)


def _rename(tree, name, values, rng):
    head, _, last = name.rpartition("/")
    new = _pick((f"{last}x", last[:-1] or "x", "output", "input-output", last.upper()), rng)
    tree[f"{head}/{new}" if head else new] = tree.pop(name)


def _swap(tree, name, values, rng):
    other = _pick(tree, rng)
    tree[name], tree[other] = tree[other], tree[name]


def _spoil_attribute(tree, attributes, rng):
    name = _pick(attributes, rng)
    value = attributes[name]
    if name in ("partial", "card") and rng.random() < 0.7:
        attributes[name] = json.dumps(_spoilt_json(json.loads(value), rng))
    elif rng.random() < 0.3:
        del attributes[name]
    else:
        attributes[name] = _pick((1, -1, 2 ** 40, 1.5, float("nan"), "x", "", True, "[" * 100_000, np.arange(3),
                                  "{}", "[]", "null"), rng)
    return f"attribute {name}"


def _spoilt_json(value, rng):
    if isinstance(value, dict) and value and rng.random() < 0.7:
        key = _pick(value, rng)
        return {**value, key: _spoilt_json(value[key], rng)} if rng.random() < 0.7 else {
            other: item for other, item in value.items() if other != key}
    return _pick((None, [], {}, "x", -1, 1e400, 2 ** 80, True, [[[]]], {"x": {"y": {}}}, 0.5), rng)


def _spoil_config(tree, attributes, rng):
    from neurosim.experiment.config import parse_config
    from neurosim.toml import to_toml
    change = [_pick(OVERRIDES, rng) for _ in range(rng.integers(1, 3))]
    with contextlib.suppress(ValueError, KeyError, TypeError):
        attributes["config"] = to_toml(parse_config(attributes["config"], "", change))
    return f"configuration {change}"


def readers(folder):
    """Functions of the path of a run file, by name; they leave nothing in the folder of the file but `folder`."""
    from neurosim import cli
    from neurosim.experiment import runs
    from neurosim.plots import run_figure

    def verb(*words):
        def call(path):
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                cli.main([str(path) if word is None else word for word in words])
        return call
    page = str(Path(folder) / "page.html")
    return {"plot": run_figure, "source": lambda path: (runs.learnt(path), runs.learnt_shapes(path)),
            "energy": verb("energy", None, "--no-figure"),
            "evaluate": verb("evaluate", None, "--quiet", "--threads", "1"),
            "record": verb("record", None, "--layers", "conv1", "--samples", "1"),
            "resume": verb("train", "--resume", None, "--quiet", "--no-figure", "--threads", "1"),
            "report": verb("report", None, "--force", "-o", page)}


def outcome(reader, path):
    """What a reader does: "read", a sentence, or the traceback of what no reader may do."""
    before = os.environ.get("NEUROSIM_TRACEBACK")
    os.environ["NEUROSIM_TRACEBACK"] = "1"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            reader(path)
        return "read", ""
    except (ValueError, OSError, MemoryError) as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        ours = "neurosim" in last.filename and "raise" in (last.line or "")
        return ("refused", str(error)) if ours and "\n" not in str(error) else ("broken", traceback.format_exc())
    except Exception:
        return "broken", traceback.format_exc()
    finally:
        if before is None:
            del os.environ["NEUROSIM_TRACEBACK"]
        else:
            os.environ["NEUROSIM_TRACEBACK"] = before


def attacked(bases, count, seed, folder, every=1):
    """Mutate run files and read them; yields (what happened, reader, change, text).

    every : each mutation meets so many of the readers, in turn
    """
    rng, folder = np.random.default_rng(seed), Path(folder)
    contents, known = [read(base) for base in bases], readers(folder)
    path = folder / "mutated.h5"
    for number in range(count):
        tree, attributes, told = mutated(*contents[number % len(contents)], rng)
        write(path, tree, attributes)
        content = path.read_bytes()
        for name in list(known)[number % every::every]:
            path.write_bytes(content)
            yield (*outcome(known[name], path), name, told)


def make_bases(folder):
    """Two small runs on a data set of patterns: ideal synapses, and devices behind converters; their paths."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from digits import config_of, write_digits

    from neurosim.cli.display import Silence
    from neurosim.cli.outcome import completed
    from neurosim.experiment.training import Training
    folder, digits, paths = Path(folder), write_digits(Path(folder)), []
    for name, changes in (("ideal", ()), ("chip", (
            "synapses.device=choi-2018-epiram", "synapses.rounds=20", "readout.kind=adc", "readout.bits=6"))):
        training = Training(config_of(digits, "record.layers=['conv1', 'output']", "record.samples=2",
                                      "record.phases=all", *changes), folder / f"{name}.h5", threads=1)
        training.run()
        completed(training, Silence())
        paths.append(training.out)
    return paths


def main(count, seed=0, every=1):
    """Attack and print a summary; returns the number of broken reads."""
    with tempfile.TemporaryDirectory() as folder:
        bases, tally, seen = make_bases(folder), Counter(), set()
        for happened, text, reader, told in attacked(bases, count, seed, folder, every):
            tally[reader, happened] += 1
            if happened == "broken" and text.splitlines()[-1] + text.splitlines()[-3] not in seen:
                seen.add(text.splitlines()[-1] + text.splitlines()[-3])
                print(f"--- {reader}: {told}\n{text}", flush=True)
        for key, number in sorted(tally.items()):
            print(*key, number)
    return sum(number for (_, happened), number in tally.items() if happened == "broken")


if __name__ == "__main__":
    sys.exit(bool(main(*map(int, sys.argv[1:]))))
