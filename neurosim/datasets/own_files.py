"""Files of your own: arrays of numpy, or a folder of pictures with one folder for each class.

    mine.npz                        train_images, train_labels and, if there are such, test_ and validation_ ones;
                                    or x_train, y_train, x_test, y_test; or images and labels alone
    folder/images.npy, labels.npy   or train_images.npy, train_labels.npy, test_images.npy ...
    folder/CLASS/*.png              or folder/train/CLASS/*.png, folder/test/CLASS/*.png ...

Classes of folders are numbered in the order of their names, as torchvision's ImageFolder does. Nothing is unpickled,
and an array is believed only as far as the size of its file bears it out.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.datasets.loading import Dataset
from neurosim.datasets.options import OWN
from neurosim.datasets.own import PARTS, own_dataset

_LARGEST = 2 ** 36    #: bytes of one array
_HEADER = 10_000      #: bytes of the header of an array
_PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".pgm", ".tif", ".tiff", ".webp")
_MOST = 300_000       #: pictures of one part
_VALIDATION = ("validation", "val", "valid")
_WANTED = ("an .npz file with train_images and train_labels, a folder with images.npy and labels.npy, or a folder with "
           "a folder of pictures for each class")


def read_own(path: str | Path) -> Dataset:
    """Read a file or a folder of your own, once as long as it stays as it is.

    returns : Dataset; raises : ValueError
    """
    place = Path(path).expanduser()
    inside = [*place.iterdir(), *place.glob("*/*/")] if place.is_dir() else []
    return _read(str(path), tuple(one.stat().st_mtime_ns for one in (place, *inside) if one.exists()))


def forget() -> None:
    """Read again what is asked for next; what was read last is kept until then, since several ask for it in turn."""
    _read.cache_clear()


@lru_cache(maxsize=1)
def _read(path: str, _: tuple[int, ...]) -> Dataset:
    place = Path(path).expanduser()
    if not path:
        raise ValueError(f'data.path: "{OWN}" data have no default place; name {_WANTED}')
    if place.is_dir():
        parts = _npy_parts(place) or dict(_picture_parts(place))
    elif place.suffix == ".npy" and place.is_file():
        parts = _npy_parts(place.parent)
    elif place.suffix == ".npz" and place.is_file():
        parts = _npz_parts(place)
    else:
        raise ValueError(f"data.path: {path} is neither a folder nor an .npz file; name {_WANTED}")
    if not parts:
        raise ValueError(f"data.path: {path} holds neither arrays nor folders of pictures; name {_WANTED}")
    return own_dataset(parts, name=place.stem)


def _npz_parts(path: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.removesuffix(".npy") for name in archive.namelist()}
            return {part: (_member(archive, path, images), _member(archive, path, labels))
                    for part, images, labels in _named(names)}
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError) as error:
        raise ValueError(f"data.path: {path} cannot be read ({error}); write it with numpy.savez_compressed") from None


def _npy_parts(folder: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    names = {path.stem for path in folder.glob("*.npy")}
    return {part: (_npy(folder / f"{images}.npy"), _npy(folder / f"{labels}.npy"))
            for part, images, labels in _named(names)}


def _named(names: set[str]) -> Iterator[tuple[str, str, str]]:
    """Yield parts and the names of their arrays, among names that are there."""
    for part in PARTS:
        pairs = [(f"{part}_images", f"{part}_labels"), (f"x_{part}", f"y_{part}")]
        pairs += [("images", "labels")] if part == "train" else []
        for images, labels in pairs:
            if images in names and labels in names:
                yield part, images, labels
                break


def _member(archive: zipfile.ZipFile, path: Path, name: str) -> np.ndarray:
    member = archive.getinfo(f"{name}.npy")
    with archive.open(member) as stream:
        return _array(stream, f"data.path: {path}: {name}", lambda size, header: member.file_size == size + header)


def _npy(path: Path) -> np.ndarray:
    with path.open("rb") as stream:
        return _array(stream, f"data.path: {path}", lambda size, header: path.stat().st_size == size + header)


def _array(stream: Any, owner: str, fits: Callable[[int, int], bool]) -> np.ndarray:
    """Read an array whose header is borne out by the length of its file; raises ValueError."""
    try:
        reader = {(1, 0): np.lib.format.read_array_header_1_0,
                  (2, 0): np.lib.format.read_array_header_2_0}[np.lib.format.read_magic(stream)]
        shape, _, dtype = reader(stream, max_header_size=_HEADER)
        size, header = prod(shape) * dtype.itemsize, stream.tell()
    except (ValueError, KeyError, EOFError, SyntaxError) as error:
        raise ValueError(f"{owner} is not a NumPy array ({error}); write it with numpy.save") from None
    if dtype.hasobject or size > _LARGEST or not fits(size, header):
        raise ValueError(f"{owner} of shape {shape} and type {dtype} holds objects, is cut short or too large; save "
                         "plain numbers again")
    stream.seek(0)
    return np.lib.format.read_array(stream, allow_pickle=False, max_header_size=_HEADER)


def _picture_parts(folder: Path) -> Iterator[tuple[str, tuple[np.ndarray, np.ndarray]]]:
    if not (folder / "train").is_dir():
        if _folders(folder):
            yield "train", _pictures(folder, _folders(folder))
        return
    classes = _folders(folder / "train")
    yield "train", _pictures(folder / "train", classes)
    for part, names in (("validation", _VALIDATION), ("test", ("test",))):
        found = next((folder / name for name in names if (folder / name).is_dir()), None)
        if found is not None:
            yield part, _pictures(found, classes)


def _folders(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _pictures(folder: Path, classes: list[str]) -> tuple[np.ndarray, np.ndarray]:
    strange = [name for name in _folders(folder) if name not in classes]
    if strange:
        raise ValueError(f"data.path: {folder / strange[0]} is not a class of the training part; there are "
                         f"{', '.join(classes)}")
    files = [(path, label) for label, name in enumerate(classes)
             for path in sorted((folder / name).glob("*")) if path.suffix.lower() in _PICTURES]
    if not files or len(files) > _MOST:
        raise ValueError(f"data.path: {folder} holds {len(files):,} pictures; give 1 to {_MOST:,}, in a folder for "
                         "each class")
    first = _picture(files[0][0])
    images = np.empty((len(files), *first.shape), first.dtype)
    for number, (path, _) in enumerate(files):
        found = _picture(path)
        if found.shape != first.shape or found.dtype != first.dtype:
            raise ValueError(f"data.path: {path} is {found.dtype} of shape {found.shape}, and {files[0][0]} is "
                             f"{first.dtype} of {first.shape}; give pictures of one size and kind")
        images[number] = found
    return images, np.array([label for _, label in files])


def _picture(path: Path) -> np.ndarray:
    """Return a picture as (rows, columns, channels): bytes of grey or three colours, 16 bits of grey, or real numbers.
    """
    try:
        from PIL import Image    # what matplotlib reads pictures with
    except ImportError:
        raise ValueError("data.path: pictures are read by Pillow, which is not installed; install it with pip install "
                         "pillow, or save arrays of numpy") from None
    try:
        with Image.open(path) as picture:
            mode = picture.mode
            if mode.startswith("I;16"):
                return np.asarray(picture).astype(np.uint16)[..., None]
            kept = picture if mode in ("L", "F", "RGB") else picture.convert("L" if mode in ("1", "LA") else "RGB")
            found = np.asarray(kept)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"data.path: {path} is not a picture that can be read ({error}); remove it or save it "
                         "again") from None
    return found if found.ndim == 3 else found[..., None]
