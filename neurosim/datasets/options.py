"""The section `data` of a run's configuration."""

from dataclasses import dataclass

from neurosim.datasets import event_files
from neurosim.datasets.augmentation import FILLS
from neurosim.datasets.catalogue import card
from neurosim.datasets.randaugment import HIGHEST
from neurosim.tables import abbreviated
from neurosim.whole import SEEDS, whole

OWN = "own"    #: in `data.name`: images of the user's own
#: Keys of the section that stay where other data take the place of those that it was written for.
LASTING = ("normalise",)
#: More images than any data set here has, a margin that would make an image forty times as wide, and more operations
#: than leave an image to be recognised.
_MOST, _WIDEST, _OPERATIONS = 10 ** 6, 512, 16
#: Images that validate: of a known data set; of data of the user's own, this share, and at most so many.
_HELD, _SHARE = 10_000, 0.1
_COUNTS = {**dict.fromkeys(("train_samples", "test_samples"), (0, _MOST)), "validation_samples": (1, _MOST),
           **dict.fromkeys(("pad", "crop"), (0, _WIDEST)), "randaugment": (0, _OPERATIONS), "magnitude": (0, HIGHEST),
           "split_seed": (0, SEEDS - 1)}
_LEVELS = {"mean": (-10, 10), "std": (1e-3, 1e3)}

Levels = float | tuple[float, ...] | None


@dataclass(frozen=True, kw_only=True)
class DataOptions:
    """Which images are learnt, how they are split and how they are prepared.

    Events of your own are one .npz file, which data.path names, with train_events, train_labels, test_events and
    test_labels, see `neurosim.datasets.event_files`; images of your own are arrays or a folder of pictures, see
    `neurosim.datasets.own_files`. Images are put on their frame, augmented where they are learnt,
    and then normalised; events have no RandAugment. A crop cuts the framed image out again after it was shifted.
    """

    name: str = "mnist"                 #: mnist, fashion-mnist, cifar10 or cifar100; or own or events, data of yours
    path: str = ""                      #: folder with the files; empty: the shipped folder, then the cache
    train_samples: int = 0              #: number of training images; 0: all that the validation set leaves
    validation_samples: int | None = None    #: number of images split off the training images, at least 1; None:
    # 10,000 of a known data set, a tenth of those of your own, at most as many
    test_samples: int = 0               #: number of test images; 0: all
    split_seed: int | None = None       #: what validation images and fewer test images are drawn with; None: the seed
    normalise: str = "unit"             #: "unit": x = byte / 255; "standard": (x - mean) / std per channel
    mean: Levels = None                 #: of x in "standard", for all channels or for each; None: as measured
    std: Levels = None                  #: the same of the standard deviation
    pad: int = 0                        #: black pixels added on each side, of every image: 2 make 28 x 28 32 x 32
    crop: int = 0                       #: training images are shifted at random by up to this many pixels each way
    crop_fill: str = "black"            #: what a shift uncovers: "black", or the pixel at the "edge"
    flip: bool = False                  #: training images are mirrored left to right with probability 1/2
    randaugment: int = 0                #: operations of RandAugment on every training image, drawn from fourteen
    magnitude: int = 9                  #: of those operations, 0 (gentle) to 30

    def __post_init__(self) -> None:
        self._check_words()
        if not self.own:
            if self.validation_samples is None:
                object.__setattr__(self, "validation_samples", _HELD)
            self.refuse_crop(*card(self.name).shape[:2])
        self._check_counts()
        self._check_levels()
        if self.events:
            self._refuse_operations()

    @property
    def own(self) -> bool:
        """Whether the data are the user's own, of which nothing is known before they are read."""
        return self.events or self.name == OWN

    @property
    def events(self) -> bool:
        """Whether the data have a time axis."""
        return self.name == event_files.NAME

    def validation_of(self, count: int) -> int:
        """Return how many of `count` training images validate."""
        return min(_HELD, max(1, round(_SHARE * count))) if self.validation_samples is None else self.validation_samples

    def refuse_crop(self, rows: int, columns: int) -> None:
        """Raise ValueError where a crop can shift all of an image of this size, on its frame, out of sight."""
        if not isinstance(self.crop, int) or not isinstance(self.pad, int):
            return
        if self.crop >= min(rows, columns) + self.pad:
            raise ValueError(f"data.crop: {self.crop} pixels can shift a whole {rows} x {columns} image out of sight; "
                             f"choose at most {min(rows, columns) + self.pad - 1}")

    def prepared_shape(self, shape: tuple[int, ...]) -> tuple[int, int, int]:
        """Shape of prepared images (rows, columns, channels); shape : of images as they are, which may have T first."""
        rows, columns, channels = shape[-3:]
        return rows + 2 * self.pad, columns + 2 * self.pad, channels

    def _check_words(self) -> None:
        for key in ("name", "path"):
            if not isinstance(getattr(self, key), str):
                raise ValueError(f"data.{key}: {getattr(self, key)!r} is not text; write it in quotes")
        for key, choices in (("normalise", ("unit", "standard")), ("crop_fill", tuple(FILLS))):
            if getattr(self, key) not in choices:
                raise ValueError(f"data.{key}: unknown choice {abbreviated(getattr(self, key))}; choose {choices[0]!r} "
                                 f"or {choices[1]!r}")
        if not isinstance(self.flip, bool):
            raise ValueError(f"data.flip: {self.flip!r} is neither true nor false; write true or false")

    def _check_counts(self) -> None:
        for key, (lowest, highest) in _COUNTS.items():
            if getattr(self, key) is not None or key not in ("validation_samples", "split_seed"):
                whole(getattr(self, key), f"data.{key}", lowest, highest)

    def _check_levels(self) -> None:
        for key, (lowest, highest) in _LEVELS.items():
            values = getattr(self, key)
            if isinstance(values, tuple) and not self.own and len(values) != card(self.name).shape[-1]:
                raise ValueError(f"data.{key}: {len(values)} numbers do not fit the channels of {self.name}, which are "
                                 f"{card(self.name).shape[-1]}; give one for each, or one number for all")
            for value in values if isinstance(values, tuple) else () if values is None else (values,):
                _check_level(key, value, lowest, highest)

    def _refuse_operations(self) -> None:
        """Raise ValueError where events would go through what is defined for bytes of images."""
        if self.randaugment:
            raise ValueError(f"data.randaugment: {self.randaugment} operations change brightness and colours, which "
                             "events do not have; write 0, and use data.crop and data.flip")
        if self.crop_fill == "edge":
            raise ValueError('data.crop_fill: "edge" would repeat the events at the edge where nothing happened; '
                             'write "black"')


def _check_level(key: str, value: bool | float | str, lowest: float, highest: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"data.{key}: {value!r} is not a number; give {lowest:g} to {highest:g}")
    if not lowest <= value <= highest:
        raise ValueError(f"data.{key}: {value:.6g} lies outside {lowest:g} to {highest:g}; x is between 0 and 1, "
                         "byte / 255")
