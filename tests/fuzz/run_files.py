"""Run files that are sound HDF5, checksum included, and wrong in a place or two, or right and other than they were."""

import contextlib
import json
import os
import warnings
from dataclasses import dataclass

import numpy as np

from fuzz.hostile import mutate_bytes

#: Numbers that nobody expects.
ODD = (0, -1, 1, 3, 10 ** 6, 2 ** 53 + 1, 2 ** 62, float("nan"), float("inf"), -float("inf"), 1e300, -1e-300, 0.5)
TEXTS = ("", "input", "output", "conv1", "input-conv1 forward", "\x1b[31m", "$x$", "a" * 5000, "é")
OVERRIDES = ("network.layers.0.channels=4", "network.layers.0.kernel=3", "network.layers.0.pool=none",
             "network.layers.0.name=output1", "network.input=analog", "neurons.kind=rate", "synapses.mapping=offset",
             "synapses.device=ideal", "synapses.device=ideal-device", "synapses.pulses=stochastic", "readout.kind=adc",
             "synapses.pulses=write-verify", "array.tile=7", "training.batch=7", "training.epochs=9", "data.pad=2",
             "record.layers=['input']", "learning.estimator=one-sided", "learning.free_steps=auto", "seed=9",
             "array.word_line=5", "readout.noise=fresh", "readout.range=0.5", "optimiser.momentum=0")


@dataclass(frozen=True)
class Claim:
    """In place of the values of a data set: far more than the file holds."""

    shape: tuple
    dtype: str


def read(path):
    """Content of a run file: dict from name to (array, units, description), and its attributes."""
    import h5py
    from neurosim.results.axes import is_bare_axis
    tree = {}

    def keep(name, item):
        if isinstance(item, h5py.Dataset) and not is_bare_axis(item):
            tree[name] = item[()], item.attrs["units"], item.attrs["description"]
    with h5py.File(path, "r") as file:
        file.visititems(keep)
        return tree, dict(file.attrs)


def write(path, tree, attributes):
    """Write such a content as it is, with the checksum that it needs."""
    import h5py
    from neurosim.results.checksum import checksum_line
    with h5py.File(path, "w") as file:
        for name, (values, units, description) in tree.items():
            with contextlib.suppress(ValueError):    # where a data set has taken the place of a group
                dataset = _created(file, name, values)
                dataset.attrs["units"], dataset.attrs["description"] = units, description
        for name, value in attributes.items():
            file.attrs[name] = value
    with open(path, "r+b") as file:
        line = checksum_line(file, file.seek(0, os.SEEK_END))
        file.seek(0, os.SEEK_END)
        file.write(line)


def _created(file, name, values):
    if not isinstance(values, Claim):
        return file.create_dataset(name, data=values)
    return file.create_dataset(name, values.shape, values.dtype, compression="gzip",
                               chunks=tuple(min(count, 1000) for count in values.shape))


def mutated(tree, attributes, rng):
    """A copy of a content with one to three changes, two of five of which no reader has to notice."""
    tree, attributes = dict(tree), dict(attributes)
    for _ in range(_pick([1, 1, 1, 2, 3], rng)):
        _pick((_spoil_attribute, _drop_group, *(_spoil_config,) * 2, *(_spoil_dataset,) * 6, *(_vary,) * 8),
              rng)(tree, attributes, rng)
    if rng.random() < 0.08:
        name = _pick(tree, rng)
        tree[name] = Claim(_pick(((10 ** 9,), (10 ** 5, 10 ** 4), (10 ** 12,), (2 ** 40, 3)), rng),
                           _pick(("f8", "i8", "S8", "?"), rng)), *tree[name][1:]
    return tree, attributes


def _vary(tree, attributes, rng):
    """Other values of the same type and shape, which may be right."""
    name = _pick(tree, rng)
    values, *rest = tree[name]
    values = np.array(values)
    numbers = values.dtype.kind in "if" and not values.dtype.hasobject
    change = _pick((lambda: values * values.dtype.type(2), lambda: values // values.dtype.type(2), lambda: values[::-1],
                    lambda: 0 * values, lambda: np.sort(values, axis=0)) if numbers and values.ndim else
                   (lambda: values + 1,) if numbers else (lambda: values[::-1] if values.ndim else values,), rng)
    with np.errstate(all="ignore"):
        tree[name] = change(), *rest


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


def _spoil_dataset(tree, attributes, rng):
    name = _pick(tree, rng)
    values, *rest = tree[name]
    change = _pick((_value, _value, _value, _length, _rank, _type, _rename, _swap), rng)
    changed = change(tree, name, np.array(values), rng)
    if changed is not None:
        tree[name] = changed, *rest


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
    elif isinstance(value, str) and rng.random() < 0.3:
        attributes[name] = mutate_bytes(value.encode(), rng).decode("utf-8", "replace").replace("\x00", "")
    else:
        attributes[name] = _pick((1, -1, 2 ** 40, 1.5, float("nan"), "x", "", True, "[" * 100_000, np.arange(3),
                                  "{}", "[]", "null"), rng)


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
