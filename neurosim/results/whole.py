"""Small files that appear whole or not at all."""

from neurosim.results.atomic import Aside


def write_whole(path, data):
    """Write bytes beside `path`, bring them to the disk and rename; a file that was there stays until then.

    A symbolic link is followed.
    raises : ValueError of one sentence
    """
    _write(Aside(path, path), data)


def replace_whole(path, data):
    """The same in place of a symbolic link: nothing is written outside the folder of `path`."""
    _write(Aside(path, path, follow=False), data)


def _write(aside, data):
    try:
        with aside.explained():
            view = memoryview(data)
            while view:
                view = view[aside.file.write(view):]
        aside.publish()
    finally:
        aside.discard()
