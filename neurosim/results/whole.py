"""Small files that appear whole or not at all."""

import contextlib
import os
from pathlib import Path


def write_whole(path, data):
    """Write bytes beside `path`, bring them to the disk and rename; a file that was there stays until then.

    A symbolic link is followed.
    raises : ValueError of one sentence
    """
    _write(Path(os.path.realpath(path)), path, data)


def replace_whole(path, data):
    """The same in place of a symbolic link: nothing is written outside the folder of `path`."""
    _write(Path(path), path, data)


def _write(target, path, data):
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        temporary.unlink(missing_ok=True)    # of a dead process; nothing that is there is followed
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except OSError as error:
        raise ValueError(f"{path}: not written: {error.strerror or error}; choose another place") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
