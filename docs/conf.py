"""Settings of the documentation site; docs/Makefile builds it, docs/contributing-docs.md says how it is made."""

import os
import sys
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("NEUROSIM_PROVENANCE", "off")    # no host or user names in what examples print

import elsewhere  # noqa: E402
import examples  # noqa: E402

import neurosim  # noqa: E402

#: What runs at build: "none", "short" (all but those of minutes, see `examples.LONG`), or "all".
EXECUTE = os.environ.get("EXECUTE", "short")
examples.copy_examples(EXECUTE)

project, author = "neurosim", "The neurosim authors"
copyright = f"2026, {author}" if date.today().year == 2026 else f"2026 to {date.today().year}, {author}"
version = release = neurosim.__version__
language = "en"

extensions = ["sphinx.ext.autodoc", "sphinx.ext.intersphinx", "sphinx_gallery.gen_gallery", "myst_nb", "mathml",
              "site_pages", "plaintext", "units"]
exclude_patterns = ["_build", "figures/README.md", "generated/examples", "generated/gallery/*.ipynb"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb", ".rst": "restructuredtext"}
nitpicky = False

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
myst_links_external_new_tab = False
nb_execution_mode = "off" if EXECUTE == "none" else "cache"
nb_execution_timeout = 600
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_render_image_options = {"alt": "What the code above draws"}

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"
python_maximum_signature_line_length = 100
intersphinx_mapping = elsewhere.write_inventories()

sphinx_gallery_conf = {
    "examples_dirs": ["generated/examples"], "gallery_dirs": ["generated/gallery"],
    "filename_pattern": examples.pattern(EXECUTE), "image_scrapers": (examples.WrittenFigures(),),
    "within_subsection_order": "FileNameSortKey", "download_all_examples": False, "show_signature": False,
    "min_reported_time": 0, "write_computation_times": False, "remove_config_comments": True,
    "abort_on_example_error": True, "capture_repr": (),
}

html_theme = "pydata_sphinx_theme"
html_title = f"neurosim {version}"
html_static_path, html_css_files = ["_static"], ["site.css"]
html_show_sourcelink = False
html_math_renderer = "mathml"
html_sidebars = {page: [] for page in ("index", "start", "model")}    # those without pages below them
html_theme_options = {
    "header_links_before_dropdown": 7, "navbar_end": ["theme-switcher"], "show_toc_level": 2,
    "navigation_with_keys": False, "show_prev_next": True, "footer_start": ["copyright"], "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
html_context = {"default_mode": "auto"}
pygments_style = "a11y-high-contrast-light"
