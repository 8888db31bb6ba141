"""Small files that appear whole or not at all."""

import contextlib
import os
from pathlib import Path


def write_whole(path, data):
    """Write bytes beside `path`, bring them to the disk and rename; a file that was there stays until then.

    raises : ValueError of one sentence
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except OSError as error:
        raise ValueError(f"{path}: not written: {error.strerror or error}; choose another place") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
