"""The known data sets: shapes, licences, files, SHA-256 sums and mirrors."""

import difflib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class DataFile:
    """One file as it is published."""

    name: str                   #: file name at the mirrors
    bytes: int                  #: its length [byte]
    sha256: str                 #: its SHA-256 sum
    members: tuple              #: what it holds once unpacked: paths relative to its folder
    content_sha256: str = ""    #: SHA-256 of the unpacked content, for files that exist in several compressions
    others: tuple = ()          #: names of the same file elsewhere, packed or not


@dataclass(frozen=True, kw_only=True)
class DatasetCard:
    """What is known about a data set before any of its files is opened."""

    name: str
    shape: tuple                #: of one image: rows, columns, channels
    classes: int                #: labels run from 0 to classes - 1
    train: int                  #: number of training images as published
    test: int                   #: number of test images as published
    licence: str
    citation: str
    format: str                 #: of the files: "idx" or "cifar", see `neurosim.datasets.loading.READERS`
    files: tuple                #: of DataFile
    mirrors: tuple              #: addresses of folders, tried in this order; each ends with a slash


def _idx_file(name: str, size: Any, sha256: Any, content_sha256: str = "") -> Any:
    dotted = name.replace("-idx", ".idx")    # as many unpackers and copies write it
    return DataFile(name=f"{name}.gz", bytes=size, sha256=sha256, members=(name,), content_sha256=content_sha256,
                    others=(f"{dotted}.gz", dotted, f"{name}/{name}", f"{dotted}/{dotted}"))


# Sizes and sums of the four .gz files: tensorflow/datasets, tensorflow_datasets/url_checksums/mnist.txt (commit
# 31f1255e). The files in data/mnist are compressed afresh; the sums of the content are those of
# data/mnist/SHA256SUMS-uncompressed.
_MNIST = DatasetCard(
    name="mnist", shape=(28, 28, 1), classes=10, train=60000, test=10000, format="idx",
    licence="CC BY-SA 3.0",
    citation="Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database of handwritten digits, 1998",
    files=(
        _idx_file("train-images-idx3-ubyte", 9912422,
                  "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                  "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        _idx_file("train-labels-idx1-ubyte", 28881,
                  "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                  "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        _idx_file("t10k-images-idx3-ubyte", 1648877,
                  "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                  "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        _idx_file("t10k-labels-idx1-ubyte", 4542,
                  "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                  "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    ),
    mirrors=("https://storage.googleapis.com/cvdf-datasets/mnist/",
             "https://ossci-datasets.s3.amazonaws.com/mnist/"))

# Sizes and sums: tensorflow/datasets, tensorflow_datasets/url_checksums/fashion_mnist.txt (commit 333639b3); the same
# sums stand in keras-team/keras, keras/src/datasets/fashion_mnist.py (commit 75565fb8), which names the second mirror.
_FASHION_MNIST = DatasetCard(
    name="fashion-mnist", shape=(28, 28, 1), classes=10, train=60000, test=10000, format="idx",
    licence="MIT",
    citation="H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST, arXiv:1708.07747, 2017",
    files=(
        _idx_file("train-images-idx3-ubyte", 26421880,
                  "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
        _idx_file("train-labels-idx1-ubyte", 29515,
                  "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
        _idx_file("t10k-images-idx3-ubyte", 4422102,
                  "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
        _idx_file("t10k-labels-idx1-ubyte", 5148,
                  "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    ),
    mirrors=("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
             "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
             "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"))

_KRIZHEVSKY = "A. Krizhevsky, Learning multiple layers of features from tiny images, University of Toronto, 2009"

# Size and sum: tensorflow/datasets, tensorflow_datasets/url_checksums/cifar10.txt (commit 333639b3).
# The second mirror is the one of tensorflow/swift-models.
_CIFAR10 = DatasetCard(
    name="cifar10", shape=(32, 32, 3), classes=10, train=50000, test=10000, format="cifar",
    licence="none stated by the authors; asks to be cited",
    citation=_KRIZHEVSKY,
    files=(DataFile(
        name="cifar-10-binary.tar.gz", bytes=170052171,
        sha256="c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        members=tuple(f"cifar-10-batches-bin/data_batch_{batch}.bin" for batch in range(1, 6))
        + ("cifar-10-batches-bin/test_batch.bin",)),),
    mirrors=("https://www.cs.toronto.edu/~kriz/",
             "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/"))

# Size and sum: tensorflow/datasets, tensorflow_datasets/url_checksums/cifar100.txt (commit 333639b3).
_CIFAR100 = DatasetCard(
    name="cifar100", shape=(32, 32, 3), classes=100, train=50000, test=10000, format="cifar",
    licence="none stated by the authors; asks to be cited",
    citation=_KRIZHEVSKY,
    files=(DataFile(
        name="cifar-100-binary.tar.gz", bytes=168513733,
        sha256="58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        members=("cifar-100-binary/train.bin", "cifar-100-binary/test.bin")),),
    mirrors=("https://www.cs.toronto.edu/~kriz/",))

#: every known data set by its name
CATALOGUE = {known.name: known for known in (_MNIST, _FASHION_MNIST, _CIFAR10, _CIFAR100)}


def card(name: str) -> Any:
    """Return the DatasetCard called `name`; ValueError with the nearest known name where there is none."""
    if name in CATALOGUE:
        return CATALOGUE[name]
    near = difflib.get_close_matches(name, CATALOGUE, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(CATALOGUE)}"
    raise ValueError(f"data.name: unknown data set '{name}'; {hint}")
