"""The examples in docstrings are run: one that lies is worse than none."""

import doctest
import inspect
from importlib import import_module
from pathlib import Path

import pytest

from odoo.modules.module import get_module_path

ADDON = Path(get_module_path("customer_segmentation"))
TOOLS = sorted(file.stem for file in (ADDON / "tools").glob("*.py") if file.stem != "__init__")
ELSEWHERE = sorted(
    ".".join(file.relative_to(ADDON).with_suffix("").parts)
    for file in ADDON.rglob("*.py")
    if file.parent.name != "tools" and ">>> " in file.read_text()
)


def module(name):
    return import_module(f"odoo.addons.customer_segmentation.{name}")


def has_functions(tool):
    return any(
        function.__module__ == tool.__name__
        for _name, function in inspect.getmembers(tool, inspect.isfunction)
    )


def run(tested):
    """Run the examples; their number."""
    result = doctest.testmod(tested, raise_on_error=False, verbose=False)
    assert not result.failed, f"{result.failed} examples of {tested.__name__} say something else"
    return result.attempted


@pytest.mark.parametrize("name", TOOLS)
def test_examples_of_a_tool_when_run_then_they_say_so(name):
    tool = module(f"tools.{name}")
    examples = run(tool)
    assert examples or not has_functions(tool), "no example says what its functions give"


def test_examples_elsewhere_when_run_then_they_say_so():
    for name in ELSEWHERE:
        assert run(module(name)), name


def test_examples_when_counted_then_there_are_some_in_most_tools():
    assert len(TOOLS) >= 5
    assert sum(run(module(f"tools.{name}")) for name in TOOLS) >= 14
