"""Names of other projects that docstrings and signatures name, so that links to them need no network at build time."""

import zlib

from site_pages import GENERATED

#: Project -> where its documentation stands, and name -> (kind, page); "$" stands for the name.
PROJECTS = {
    "python": ("https://docs.python.org/3/", {
        "pathlib.Path": ("class", "library/pathlib.html#$"),
        **{f"collections.abc.{name}": ("class", "library/collections.abc.html#$")
           for name in ("Callable", "Iterator", "Mapping", "Sequence")},
        **{name: ("exception", "library/exceptions.html#$") for name in ("ValueError", "TypeError")}}),
    "numpy": ("https://numpy.org/doc/stable/", {
        "numpy.ndarray": ("class", "reference/generated/$.html#$"),
        "numpy.random.Generator": ("class", "reference/random/generator.html#$")}),
    "h5py": ("https://docs.h5py.org/en/stable/", {
        "h5py.File": ("class", "high/file.html#$"), "h5py.Group": ("class", "high/group.html#$")}),
    "matplotlib": ("https://matplotlib.org/stable/", {
        "matplotlib.figure.Figure": ("class", "api/figure_api.html#$"),
        "matplotlib.axes.Axes": ("class", "api/_as_gen/matplotlib.axes.Axes.html#$")}),
}


def write_inventories():
    """Write one inventory a project; returns what `intersphinx_mapping` takes."""
    mapping = {}
    for project, (address, names) in PROJECTS.items():
        path = GENERATED / f"{project}.inv"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{name} py:{kind} 1 {page.replace('$', name)} -\n" for name, (kind, page) in names.items())
        head = f"# Sphinx inventory version 2\n# Project: {project}\n# Version: \n" \
               "# The remainder of this file is compressed using zlib.\n"
        path.write_bytes(head.encode() + zlib.compress(lines.encode()))
        mapping[project] = (address, str(path))
    return mapping
