"""Systems, processors and versions of Python: what is supported works, and what is not is refused in one sentence."""

import ast
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "neurosim").rglob("*.py"))
#: Modules of the library of Python 3.11 that 3.12, 3.13 or 3.14 lack.
REMOVED = {"aifc", "asynchat", "asyncore", "audioop", "cgi", "cgitb", "chunk", "crypt", "distutils", "imghdr", "imp",
           "lib2to3", "mailcap", "msilib", "nis", "nntplib", "ossaudiodev", "pipes", "smtpd", "sndhdr", "spwd", "sunau",
           "telnetlib", "uu", "xdrlib"}
#: The same of names: (module, name).
GONE = {("ast", "Num"), ("ast", "Str"), ("ast", "Bytes"), ("ast", "NameConstant"), ("ast", "Ellipsis"),
        ("pkgutil", "find_loader"), ("pkgutil", "get_loader"), ("pkgutil", "ImpImporter"), ("typing", "io"),
        ("locale", "resetlocale"), ("logging", "warn"), ("unittest", "makeSuite"), ("importlib", "find_loader")}
#: Modules of POSIX alone, and the only module that may import them.
POSIX, HOME = {"fcntl", "resource", "grp", "pwd", "termios"}, "_posix.py"

REFUSED = """
import sys
sys.modules["fcntl"] = None    # as on Windows, where there is none
from neurosim.cli import main
print([main(words) for words in (["train", "mnist-small"], ["evaluate", "run.h5"], ["report", "run.h5"])])
try:
    import neurosim
    neurosim.train
except ImportError as error:
    print(error)
"""

KERNEL = """
import numba
import numpy as np
from numba import njit
from neurosim._jit import add_rows

@njit(fastmath={"contract"}, error_model="numpy")
def rows(out, weights, signal, events):
    add_rows(out, 0, out.size, weights, 0, out.size, signal, 0, events, (0, events.size))

random, events = np.random.default_rng(0), np.arange(0, 20, 3, dtype=np.int32)
weights, signal = random.standard_normal(20 * 131).astype(np.float32), random.standard_normal(20).astype(np.float32)
out = np.zeros(131, np.float32)
rows(out, weights, signal, events)
expected = weights.reshape(20, 131)[events].T.astype(float) @ signal[events]
assert np.abs(out - expected).max() < 1e-5, np.abs(out - expected).max()
print(any(f"%{name}mm" in text or f" {name}mm" in text for name in "yz" for text in rows.inspect_asm().values()))
"""


def run(script, **environment):
    return subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True,
                          env=os.environ | environment)


def test_a_system_without_locks_is_refused_in_one_sentence():
    done = run(REFUSED)
    codes, told = done.stdout.splitlines()
    sentence = "this system has no file locks of POSIX, which keep run files safe; use Linux or macOS, or WSL 2 on " \
               "Windows, see docs/platforms.md"
    assert codes == "[2, 2, 2]" and told == sentence
    assert done.stderr == f"neurosim: {sentence}\n" * 3


def imported(path):
    """Names of the modules that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_what_is_of_posix_alone_has_one_home():
    homes = {path.name for path in SOURCES if POSIX & set(imported(path))}
    assert homes == {HOME}


def test_nothing_is_used_that_a_later_python_lacks():
    wrong = [f"{path.name}: {name}" for path in SOURCES for name in imported(path) if name.partition(".")[0] in REMOVED]
    for path in SOURCES:
        wrong += [f"{path.name}: {node.value.id}.{node.attr}" for node in ast.walk(ast.parse(path.read_text("utf-8")))
                  if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
                  and (node.value.id, node.attr) in GONE]
    assert wrong == []


def interpreter(version):
    """An interpreter of a version that is installed, on the path or by pyenv, whose shims may stand for none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for command in filter(None, (shutil.which(f"python{version}"), *pyenv.glob(f"versions/{version}.*/bin/python3"))):
        if subprocess.run([command, "-c", ""], capture_output=True).returncode == 0:
            return command
    pytest.skip(f"python{version} is not installed")


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_every_version_reads_the_package(version):
    """Without a warning, such as of an invalid escape or of a return out of finally; the help needs no library."""
    command = interpreter(version)
    script = ("import sys, warnings; warnings.simplefilter('error')\n"
              "for path in sys.argv[1:]: compile(open(path, encoding='utf-8').read(), path, 'exec')\n"
              "import neurosim.tables; from neurosim.cli import main; main(['--help'])")
    done = subprocess.run([command, "-B", "-c", script, *map(str, SOURCES)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and "train" in done.stdout, done.stderr


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names a processor of x86-64")
def test_products_need_no_instructions_beyond_sse2():
    """As on the plainest processor of x86-64: right numbers, and no register of more than 128 bits."""
    done = run(KERNEL, NUMBA_CPU_NAME="x86-64", NUMBA_CPU_FEATURES="")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "False"


def test_bytes_of_files_have_a_stated_order():
    """Nothing asks for the order of this machine, or reads more than bytes without saying theirs."""
    texts = {path: path.read_text(encoding="utf-8") for path in SOURCES}
    assert not [path.name for path, text in texts.items() if "sys.byteorder" in text]
    calls = [(path.name, ast.unparse(node)) for path, text in texts.items()
             for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)
             and isinstance(node.func, ast.Attribute) and node.func.attr in ("from_bytes", "to_bytes")]
    assert calls and all("'little'" in call or "'big'" in call for _, call in calls)
