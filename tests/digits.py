"""A small data set in MNIST's format: ten patterns with noise, quick to learn."""

import gzip
import struct

import numpy as np

from neurosim.datasets import CATALOGUE
from neurosim.experiment.config import parse_config

TEXT = """
seed = 3

[data]
name = "mnist"
train_samples = 60
validation_samples = 20

[network]
layers = [
    {kind = "conv", channels = 3, kernel = 5, stride = 3, pool = "average"},
    {kind = "dense", units = 10},
]

[learning]
free_steps = 8
nudge_steps = 5
window = 3

[optimiser]
rates = [0.5, 0.3]

[training]
epochs = 2
batch = 10
"""


def write_digits(folder, train=80, test=30):
    """Write images and labels of both parts; every image is unique; returns the folder."""
    random = np.random.default_rng(5)
    patterns = random.random((10, 28, 28)) < 0.2
    for file in CATALOGUE["mnist"].files:
        count = train if file.name.startswith("train") else test
        labels = np.arange(count) % 10
        if "images" in file.name:
            values = patterns[labels] * 200 + random.integers(0, 50, (count, 28, 28))
        else:
            values = labels
        content = struct.pack(">BBBB", 0, 0, 8, values.ndim) + struct.pack(f">{values.ndim}I", *values.shape)
        (folder / file.name).write_bytes(gzip.compress(content + values.astype(np.uint8).tobytes(), 1))
    return folder


def config_of(folder, *assignments):
    """The configuration TEXT on the data in `folder`, with overrides."""
    return parse_config(TEXT, "the test", [f"data.path={folder}", *assignments])
