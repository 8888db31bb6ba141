"""What a release holds: files of wheel and sdist by the rules of setup.cfg and MANIFEST.in, their size, one version."""

import configparser
import fnmatch
import re
import tomllib
from pathlib import Path

import neurosim

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = configparser.ConfigParser()
SETTINGS.read(ROOT / "setup.cfg", encoding="utf-8")
OPTIONS = SETTINGS["options"]
LARGEST_WHEEL = 15e6
#: Beside Python files, what the wheel holds: data of a package -> how many files, None for any number above 0.
DATA = {"neurosim": 2, "neurosim.shipped.mnist": 7, "neurosim.shipped.devices": None, "neurosim.shipped.presets": None,
        "neurosim.shipped.studies": None}


def listed(text):
    return [line.strip() for line in text.strip().splitlines()]


def packages():
    """Package -> its folder in the checkout."""
    folders = dict(map(str.strip, line.split("=")) for line in listed(OPTIONS["package_dir"]))
    return {name: ROOT / folders.get(name, name.replace(".", "/")) for name in listed(OPTIONS["packages"])}


def contents():
    """Path in the wheel -> file in the checkout."""
    patterns = {name: [one.strip() for one in text.split(",")] for name, text in
                SETTINGS["options.package_data"].items()}
    found = {}
    for name, folder in packages().items():
        files = [*folder.glob("*.py")] + [file for pattern in patterns.get(name, []) for file in folder.glob(pattern)]
        found |= {f"{name.replace('.', '/')}/{file.relative_to(folder).as_posix()}": file for file in files}
    return found


def test_the_wheel_holds_the_package_its_data_and_nothing_else():
    kinds = {Path(name).suffix for name in contents()}
    assert kinds == {".py", ".pyi", ".typed", ".toml", ".gz", ".md", ""}
    for package, number in DATA.items():
        prefix = package.replace(".", "/") + "/"
        data = [name for name in contents() if name.startswith(prefix) and not name.endswith(".py")
                and (package != "neurosim" or name.count("/") == 1)]
        assert data and number in (None, len(data)), package
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "neurosim").rglob("*.py")}
    assert sources == {name for name in contents() if name.endswith(".py")}
    shipped = {path.name for folder in ("devices", "devices/prices") for path in (ROOT / folder).glob("*.toml")}
    assert shipped == {Path(name).name for name in contents() if name.startswith("neurosim/shipped/devices/")}


def test_the_wheel_stays_small():
    """Python and TOML shrink to a third and less when they are packed; MNIST is packed already."""
    sizes = [file.stat().st_size / (1 if file.suffix == ".gz" else 3) for file in contents().values()]
    assert 10e6 < sum(sizes) < LARGEST_WHEEL


def test_the_source_distribution_holds_what_its_pages_and_tests_need():
    """MANIFEST.in grafts whole folders, but for what is built."""
    words = [line.split() for line in (ROOT / "MANIFEST.in").read_text(encoding="utf-8").splitlines() if line]
    grafted = {folder for verb, *rest in words if verb == "graft" for folder in rest}
    assert {"docs", "examples", "tests", "benchmarks", "devices", "data/mnist", "recipe"} <= grafted
    assert all((ROOT / folder).is_dir() for folder in grafted)
    included = {name for verb, *rest in words if verb == "include" for name in rest}
    assert {"CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md"} <= included
    assert all((ROOT / name).is_file() for name in included)
    pruned = {folder for verb, *rest in words if verb == "prune" for folder in rest}
    assert {"docs/_build", "docs/generated"} <= pruned
    readme = [name for name in re.findall(r"\]\(([^)#:]+)", (ROOT / "README.md").read_text(encoding="utf-8"))]
    assert all(any(fnmatch.fnmatch(name, f"{folder}/*") for folder in grafted) or name in included for name in readme)


def test_one_version_everywhere():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    recipe = (ROOT / "recipe" / "meta.yaml").read_text(encoding="utf-8")
    assert re.search(r"^version: (\S+)$", citation, re.MULTILINE)[1] == neurosim.__version__
    assert re.search(r'set version = "(\S+)"', recipe)[1] == neurosim.__version__
    assert f"version {neurosim.__version__}, 20" in (ROOT / "docs" / "citing.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
                     re.MULTILINE)[1] == neurosim.__version__


def test_the_recipe_asks_for_what_the_package_asks_for():
    recipe = (ROOT / "recipe" / "meta.yaml").read_text(encoding="utf-8")
    run = re.search(r"^  run:\n((?:    - .*\n)+)", recipe, re.MULTILINE)[1]
    asked = {line.replace(" ", "").removeprefix("-").replace("matplotlib-base", "matplotlib")
             for line in run.splitlines()}
    assert asked - {"python>={{python_min}}"} == set(listed(OPTIONS["install_requires"]))
    least = re.search(r'"([\d.]+)"', (ROOT / "recipe" / "conda_build_config.yaml").read_text(encoding="utf-8"))[1]
    assert OPTIONS["python_requires"] == f">={least}"
    script = SETTINGS["options.entry_points"]["console_scripts"].strip()
    assert f"- {script}\n" in recipe
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    assert [line.replace(" ", "") for line in re.findall(r"^    - (setuptools.*)$", recipe, re.MULTILINE)] == build
