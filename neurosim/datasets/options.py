"""The section `data` of a run's configuration."""

from dataclasses import dataclass

from neurosim.datasets import event_files
from neurosim.datasets.catalogue import card

#: More images than any data set here has, and a margin that would make an image forty times as wide.
_MOST, _WIDEST = 10 ** 6, 512


@dataclass(frozen=True, kw_only=True)
class DataOptions:
    """Which images are learnt, how they are split and how they are prepared.

    Events of your own are one .npz file, which data.path names, with train_events, train_labels, test_events and
    test_labels, see `neurosim.datasets.event_files`. Padding and crops fill with black (byte 0), before normalisation.
    """

    name: str = "mnist"                 #: mnist, fashion-mnist, cifar10 or cifar100; or events, arrays of your own
    path: str = ""                      #: folder with the files; empty: the shipped folder, then the cache
    train_samples: int = 0              #: number of training images; 0: all that the validation set leaves
    validation_samples: int = 10000     #: number of images split off the training images, at least 1
    test_samples: int = 0               #: number of test images; 0: all
    split_seed: int | None = None       #: what validation images and fewer test images are drawn with; None: the seed
    normalise: str = "unit"             #: "unit": x = byte / 255; "standard": (x - mean) / std per channel
    pad: int = 0                        #: black pixels added on each side, of every image
    crop: int = 0                       #: training images are shifted at random by up to this many pixels each way
    flip: bool = False                  #: training images are mirrored left to right with probability 1/2

    def __post_init__(self) -> None:
        for key in ("name", "path"):
            if not isinstance(getattr(self, key), str):
                raise ValueError(f"data.{key}: {getattr(self, key)!r} is not text; write it in quotes")
        if self.split_seed is not None:
            _check_count("split_seed", self.split_seed, 0, 2 ** 63 - 1)
        if not self.events:
            self.refuse_crop(*card(self.name).shape[:2])
        for key, lowest, highest in (("train_samples", 0, _MOST), ("validation_samples", 1, _MOST),
                                     ("test_samples", 0, _MOST), ("pad", 0, _WIDEST), ("crop", 0, _WIDEST)):
            _check_count(key, getattr(self, key), lowest, highest)
        if self.normalise not in ("unit", "standard"):
            raise ValueError(f"data.normalise: unknown choice {self.normalise!r}; choose 'unit' or 'standard'")
        if not isinstance(self.flip, bool):
            raise ValueError(f"data.flip: {self.flip!r} is neither true nor false; write true or false")

    @property
    def events(self) -> bool:
        """Whether the data have a time axis."""
        return self.name == event_files.NAME

    def refuse_crop(self, rows: int, columns: int) -> None:
        """Raise ValueError where a crop can shift all of an image of this size out of sight."""
        if isinstance(self.crop, int) and self.crop >= min(rows, columns):
            raise ValueError(f"data.crop: {self.crop} pixels can shift a whole {rows} x {columns} image out of sight; "
                             f"choose at most {min(rows, columns) - 1}")

    def prepared_shape(self, shape: tuple[int, ...]) -> tuple[int, int, int]:
        """Shape of prepared images (rows, columns, channels); shape : of images as they are, which may have T first."""
        rows, columns, channels = shape[-3:]
        return rows + 2 * self.pad, columns + 2 * self.pad, channels


def _check_count(key: str, value: bool | float | str, lowest: int, highest: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"data.{key}: {value!r} is not a whole number; write an integer >= {lowest}")
    if value < lowest:
        raise ValueError(f"data.{key}: {value} is below {lowest}; choose an integer >= {lowest}")
    if value > highest:
        raise ValueError(f"data.{key}: {value:.6g} exceeds {highest}; choose an integer <= {highest}")
