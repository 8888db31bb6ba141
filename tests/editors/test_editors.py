"""Names, signatures and definitions in jedi (notebooks) and in pyright (VS Code), and the stub they are read from."""

import ast
import importlib
import importlib.util
import inspect
from pathlib import Path

import pytest

import neurosim
from neurosim.network.spec import LayerSpec

STUB = Path(neurosim.__file__).with_name("__init__.pyi")
EDITORS = {"jedi": ("jedi", "editors.jedi_editor", "JediEditor"),
           "pyright": ("basedpyright", "editors.pyright_editor", "PyrightEditor")}

COMPLETED = {
    "import neurosim\nneurosim.Dev": {"Device", "DeviceArray", "DeviceSynapses"},
    "from neurosim import con": {"conv"},
    "from neurosim import conv\nconv(32).ker": {"kernel"},
    "from neurosim import conv\nconv(32, pool_": {"pool_size", "pool_on"},
    "from neurosim import load_device\nload_device('choi-2018-epiram').spa": {"span"},
    "from neurosim import load_config\nload_config('mnist').training.ep": {"epochs"},
    "import neurosim\nneurosim.open_run('x.h5').pl": {"plot"},
}
SIGNED = {
    "from neurosim import conv\nconv(": ("channels: int", "kernel: int"),
    "import neurosim\nneurosim.train(": ("data: Data", "device:", "epochs:"),
    "import neurosim\nneurosim.DeviceArray(": ("device: Device", "seed: int"),
}
DEFINED = {
    "from neurosim import dense\ndense": ("neurosim/network/spec.py", "def dense(units: int"),
    "import neurosim\nneurosim.Network": ("neurosim/network/graph.py", "class Network("),
}


@pytest.fixture(scope="module", params=EDITORS)
def editor(request, tmp_path_factory):
    package, home, name = EDITORS[request.param]
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed; pip install {package}")
    editor = getattr(importlib.import_module(home), name)(tmp_path_factory.mktemp("cells"))
    yield editor
    editor.close()


@pytest.mark.slow
@pytest.mark.parametrize("text", COMPLETED)
def test_names_are_completed(editor, text):
    assert COMPLETED[text] <= set(editor.completions(text))


@pytest.mark.slow
@pytest.mark.parametrize("text", SIGNED)
def test_signatures_are_shown(editor, text):
    assert all(part in editor.signature(text).replace("\n", "") for part in SIGNED[text])


@pytest.mark.slow
@pytest.mark.parametrize("text", DEFINED)
def test_definitions_are_found(editor, text):
    path, line = editor.definition(text)
    wanted, beginning = DEFINED[text]
    assert path == wanted and line.startswith(beginning)


def test_every_public_name_is_one_line_of_the_stub():
    imports = [node for node in ast.parse(STUB.read_text(encoding="utf-8")).body if isinstance(node, ast.ImportFrom)]
    assert all(len(node.names) == 1 and node.names[0].name == node.names[0].asname for node in imports)
    names = [node.names[0].name for node in imports]
    assert sorted(names) == neurosim.__all__[1:] and len(set(names)) == len(names)
    for node, name in zip(imports, names):
        assert getattr(neurosim, name) is getattr(importlib.import_module(node.module), name)


@pytest.mark.parametrize("function, kind", [(neurosim.conv, "conv"), (neurosim.dense, "dense")])
def test_what_a_layer_takes_is_what_its_specification_takes(function, kind):
    first, *options = inspect.signature(function).parameters.values()
    assert function(3) == LayerSpec(**{"kind": kind, first.name: 3})
    fields = {name: field.default for name, field in LayerSpec.__dataclass_fields__.items()}
    assert all(option.default == fields[option.name] for option in options if option.name != "parameters")
    assert function(3, parameters={}, name="a") == LayerSpec(**{"kind": kind, first.name: 3, "name": "a"})


def test_conv_takes_everything_that_a_convolution_may_say():
    assert set(inspect.signature(neurosim.conv).parameters) == set(LayerSpec.__dataclass_fields__) - {"kind", "units"}


@pytest.mark.parametrize("wrong, right", [("kernel_size", "kernel"), ("strides", "stride"),
                                          ("out_channels", "channels")])
def test_a_wrong_argument_is_answered_by_the_right_one(wrong, right):
    with pytest.raises(TypeError) as refusal:
        neurosim.conv(32, **{wrong: 3})
    assert str(refusal.value).startswith(f"conv: no argument is called {wrong}; did you mean '{right}'")
