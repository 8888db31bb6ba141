"""What neurosim needs of POSIX: locks of files that end with their process, and how much memory a process took.

Modules import `fcntl` and `resource` from here, so that another system is refused in one sentence.
"""


class UnsupportedSystem(ImportError, ValueError):
    """This system lacks what run files, sweeps and measures of memory rely on."""


try:
    import fcntl
    import resource
except ImportError as error:
    raise UnsupportedSystem("this system has no file locks of POSIX, which keep run files safe; use Linux or macOS, or "
                            "WSL 2 on Windows, see docs/platforms.md") from error

__all__ = ["UnsupportedSystem", "fcntl", "resource"]
