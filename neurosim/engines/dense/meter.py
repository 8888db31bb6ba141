"""How much memory the tensors of a computation take at most."""

import threading
import weakref
from typing import Any, Self

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class TensorMeter(TorchDispatchMode):    # type: ignore[no-untyped-call]
    """A block in which the memory of new tensors is counted operation by operation, of one thread; it takes its time.

    What an operation needs inside alone is not seen.

    now, most : memory of the tensors that there are now, and the largest so far, beyond those before [bytes]
    """

    def __init__(self) -> None:
        super().__init__()    # type: ignore[no-untyped-call]
        self.now = self.most = 0
        self._known: set[int] = set()
        self._lock = threading.RLock()

    def __torch_dispatch__(self, function: Any, types: Any, arguments: Any = (), options: Any = None) -> Any:
        options = options or {}
        self._note((arguments, options), new=False)
        found = function(*arguments, **options)
        self._note(found, new=True)
        return found

    def __enter__(self) -> Self:
        super().__enter__()    # type: ignore[no-untyped-call]
        return self

    def _note(self, tensors: Any, new: bool) -> None:
        """Take note of the memory of tensors, which counts where it is new."""
        for values in tree_leaves(tensors):
            if isinstance(values, Tensor):
                storage = values.untyped_storage()
                self._count(storage, storage.nbytes() if new else 0)

    def _count(self, storage: torch.UntypedStorage, size: int) -> None:
        with self._lock:
            key = storage._cdata
            if key in self._known:
                return
            self._known.add(key)
            self.now += size
            self.most = max(self.most, self.now)
        weakref.finalize(storage, self._forget, key, size)

    def _forget(self, key: int, size: int) -> None:
        with self._lock:
            self._known.discard(key)
            self.now -= size


class GpuMeter:
    """The same on a GPU, whose allocator counts itself."""

    def __init__(self) -> None:
        self.most = self._before = 0

    def __enter__(self) -> Self:
        torch.cuda.reset_peak_memory_stats()
        self._before = torch.cuda.memory_allocated()
        return self

    def __exit__(self, *error: object) -> None:
        self.most = torch.cuda.max_memory_allocated() - self._before
