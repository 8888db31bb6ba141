"""What a notebook asks of jedi, with the cursor at the end of a text."""

import jedi

from editors import ROOT, in_package


class JediEditor:
    """Completions, signatures and definitions by jedi, as IPython and JupyterLab show them."""

    def __init__(self, folder):
        jedi.settings.cache_directory = str(folder)
        self._path, self._project = folder / "cell.py", jedi.Project(ROOT, load_unsafe_extensions=False)

    def close(self):
        """Nothing runs."""

    def completions(self, text):
        return [found.name.removesuffix("=") for found in self._script(text).complete()]

    def signature(self, text):
        (found,) = self._script(text).get_signatures()
        return found.to_string()

    def definition(self, text):
        (found,) = self._script(text).goto(follow_imports=True)
        return in_package(found.module_path), found.get_line_code()

    def _script(self, text):
        return jedi.Script(text, path=self._path, project=self._project)
