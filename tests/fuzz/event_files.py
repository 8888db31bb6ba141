"""Files of events in .npz format: a sound one, and what may be wrong with one."""

import io
import warnings
import zipfile

import numpy as np

from fuzz.hostile import choose, mutate_bytes

FRAMES, SIDE = 4, 5
CONFIG = {"data": {"name": "events", "path": "my.npz", "validation_samples": 4},
          "neurons": {"lam": 0.3}, "optimiser": {"rates": 0.3}, "training": {"epochs": 1, "batch": 4},
          "learning": {"free_steps": 8, "nudge_steps": 4, "window": 4, "beta": 0.3, "targets": [0.25, 0.75]},
          "network": {"input": "events", "layers": [{"kind": "dense", "units": 2}]}}


def sound(random):
    """The four arrays of a file, dict by name."""
    found = {}
    for part, samples in (("train", 16), ("test", 6)):
        found[f"{part}_events"] = (random.random((samples, FRAMES, SIDE, SIDE, 1)) < 0.3).astype(np.uint8)
        found[f"{part}_labels"] = np.arange(samples) % 2
    return found


def packed(arrays):
    """The members of a file of these arrays, dict from the name of a member to its bytes."""
    members = {}
    for name, values in arrays.items():
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, np.asarray(values), allow_pickle=True)
        members[f"{name}.npy"] = buffer.getvalue()
    return members


def write(path, members):
    """Write members into an archive; a list of pairs may hold a name twice."""
    pairs = members.items() if isinstance(members, dict) else members
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")    # of names that stand twice
        for name, content in pairs:
            archive.writestr(name, content)


def mutate(path, random):
    """Change a file of events: an array, its header, the bytes of a member, the members, the bytes of the file."""
    with np.load(path) as archive:
        arrays = dict(archive)
    name = choose(random, sorted(arrays))
    action = int(random.integers(6))
    if action < 2:
        write(path, packed(arrays | {name: _other(arrays[name], random)}))
    elif action == 2:
        write(path, packed(arrays) | {f"{name}.npy": _promising(arrays[name], random)})
    elif action == 3:
        members = packed(arrays)
        write(path, members | {f"{name}.npy": mutate_bytes(members[f"{name}.npy"], random)})
    elif action == 4:
        members = packed(arrays)
        left = {other: content for other, content in members.items() if other != f"{name}.npy"}
        write(path, choose(random, [left, list(members.items()) * 2, members | {"../evil.npy": b"x"},
                                    left | {f"{name}.NPY": b""}, {}]))
    else:
        path.write_bytes(mutate_bytes(path.read_bytes(), random))


def _other(values, random):
    """An array of another type, shape or range."""
    wide = values.astype(np.int64)
    shifted = np.moveaxis(values, 0, -1)
    return choose(random, [
        values.astype(bool), values.astype(np.int8) * -1, values.astype(np.float32), values.astype(np.complex64),
        values.astype(str), values.astype(object), wide * 100, wide - 3, wide * 2 ** 40, values[:0], values[:3],
        values[0], values[..., np.newaxis], shifted, np.asfortranarray(values), values[..., :0],
        np.repeat(values, 3, axis=min(1, values.ndim - 1)), np.full_like(values, 255 if values.itemsize == 1 else -1),
        np.zeros_like(values), np.zeros((), values.dtype), values.view([("a", values.dtype)])])


def _promising(values, random):
    """Bytes of an array whose header promises what does not follow."""
    buffer = io.BytesIO()
    shape = choose(random, [(10 ** 9, *values.shape[1:]), (2 ** 63, 1), (-1, *values.shape[1:]), (1,) * 60,
                            (values.shape[0] + 1, *values.shape[1:]), values.shape[::-1], ()])
    order = bool(random.integers(2))
    kind = choose(random, [values.dtype.str, "|V3", "<M8[ns]", "|S0", ">i2", "|b1"])
    np.lib.format.write_array_header_1_0(buffer, {"descr": kind, "fortran_order": order, "shape": shape})
    return buffer.getvalue() + values.tobytes()
