"""Where the dense engine computes, and how exactly: the processor or a GPU, and the numbers that are multiplied."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from neurosim.engines.ranks import local

#: Types of the numbers that products multiply, by the name of a precision; sums and states are float32 anyway.
PRECISIONS = {"float32": torch.float32, "tf32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True)
class Hardware:
    """What computes.

    device : of PyTorch; precision : "float32", "tf32" (float32 numbers with 10 bits behind the point, on a GPU), or
        "bfloat16" (7 bits)
    deterministic : on a GPU, only algorithms that add up in the same order every time
    """

    device: torch.device
    precision: str = "float32"
    deterministic: bool = False

    @property
    def is_gpu(self) -> bool:
        """Whether it is a GPU."""
        return self.device.type == "cuda"

    @property
    def name(self) -> str:
        """What it is called, for sentences."""
        return torch.cuda.get_device_name(self.device) if self.is_gpu else "processor"

    def memory(self) -> int:
        """Return its memory, all of it [bytes]."""
        if self.is_gpu:
            return int(torch.cuda.mem_get_info(self.device)[1])
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")

    def multiplied(self, dtype: torch.dtype) -> torch.dtype:
        """Return the type of the numbers that products multiply, for states of a type; float64 stays as it is."""
        return dtype if dtype == torch.float64 else PRECISIONS[self.precision]

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Keep nothing for gradients within the block, and multiply as precisely as this says."""
        tf32, before = self.precision == "tf32", torch.backends.cuda.matmul.allow_tf32
        torch.backends.cuda.matmul.allow_tf32 = tf32
        try:
            with torch.inference_mode(), torch.backends.cudnn.flags(
                    enabled=True, benchmark=self.is_gpu and not self.deterministic,
                    deterministic=self.deterministic, allow_tf32=tf32):
                yield
        finally:
            torch.backends.cuda.matmul.allow_tf32 = before


def hardware(device: str = "auto", precision: str = "float32", deterministic: bool = False) -> Hardware:
    """Return the Hardware that options name; "auto" is a GPU where there is one.

    Ranks on one machine take its GPUs in turn, see `neurosim.engines.ranks.local`.

    raises : ValueError for a GPU that is not there, or what a processor does not have
    """
    found = torch.cuda.is_available()
    if device == "cuda" and not found:
        raise ValueError('engine.device: "cuda" is asked for, and PyTorch finds no GPU here; write "auto" or "cpu", or '
                         "install a PyTorch with CUDA beside a driver that fits (nvidia-smi shows it)")
    chosen = "cuda" if device == "cuda" or (device == "auto" and found) else "cpu"
    if precision == "tf32" and chosen == "cpu":
        raise ValueError('engine.precision: "tf32" is a format of GPUs, and this computes on a processor; write '
                         '"float32" or "bfloat16"')
    place = torch.device("cuda", local()[0] % torch.cuda.device_count()) if chosen == "cuda" else torch.device("cpu")
    return Hardware(place, precision, deterministic)


def out_of_memory(error: Exception) -> bool:
    """Return whether PyTorch raised an error because a GPU or the machine has no memory left."""
    return isinstance(error, torch.cuda.OutOfMemoryError) or "can't allocate memory" in str(error)
