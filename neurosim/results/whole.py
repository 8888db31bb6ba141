"""Small files that appear whole or not at all."""

from neurosim.results.atomic import Aside


def write_whole(path, data):
    """Write bytes beside `path`, bring them to the disk and rename; a file that was there stays until then.

    raises : ValueError of one sentence
    """
    aside = Aside(path, path)
    try:
        with aside.explained():
            view = memoryview(data)
            while view:
                view = view[aside.file.write(view):]
        aside.publish()
    finally:
        aside.discard()
