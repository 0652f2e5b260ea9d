"""The rules of the house, read off the source: names, layers, nevers, sizes.

No database and no Odoo is asked. A list of exceptions only shrinks: a test fails as
well when one of its entries is not needed any more.
"""

import ast
import re
from functools import cache
from pathlib import Path

REPO = Path(__file__).parents[2]
ADDON = REPO / "customer_segmentation"
MODELS = ADDON / "models"
TESTS = REPO / "tests"
PREFIX = "customer.segmentation."

FILES_IN_MODELS = 14
LINES_OF_A_FILE = 500
LINES_OF_A_FUNCTION = 60
LINES_OF_A_TEST_FILE = 700
KEYS = 6  # of contexts, invented here

# What does not know the features that hang on it, and these.
CORE = (
    *("shared", "standards", "facts", "profile", "engine"),
    *("replay", "what_if", "explanation"),
)
FEATURES = ("feedback", "playbook", "pool", "call", "privacy")

# Where a transaction is committed, and why.
COMMITS = {
    "models/replay/run.py": "month by month, so that a replay can be watched, stopped and gone on",
}
# Of Odoo; whatever else is read from the context is ours and told in docs/architecture.md.
ODOOS_KEYS = {"active_ids", "active_model", "install_mode"}


@cache
def tree(file):
    return ast.parse(file.read_text(), str(file))


@cache
def walked(file):
    return list(ast.walk(tree(file)))


def sources(folder=ADDON):
    return sorted(folder.rglob("*.py"))


def place(file):
    return file.relative_to(ADDON).as_posix()


def nodes(kind, folder=ADDON):
    """(place of its file, node) of all nodes of a kind."""
    for file in sources(folder):
        for node in walked(file):
            if isinstance(node, kind):
                yield place(file), node


def called(call):
    """The last name of what is called: ``execute`` of ``self.env.cr.execute()``."""
    return getattr(call.func, "attr", getattr(call.func, "id", None))


def text_of(node):
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def assert_known(found, known):
    """Nothing is found but what is known, and nothing is known that is not there any more."""
    new, gone = set(found) - set(known), set(known) - set(found)
    assert not new, f"against the rules: {sorted(new)}"
    assert not gone, f"take these out of the list, they are no longer there: {sorted(gone)}"


# Names


def models_of(file):
    """Names of the models that a file defines or extends."""
    for node in tree(file).body:
        if isinstance(node, ast.ClassDef):
            named = {
                target.id: text_of(statement.value)
                for statement in node.body
                if isinstance(statement, ast.Assign)
                for target in statement.targets
                if isinstance(target, ast.Name)
            }
            name = named.get("_name") or named.get("_inherit")
            if name:
                yield name


def stem(model):
    return model.removeprefix(PREFIX).replace(".", "_")


def is_named_after(file, model):
    """``<model>``, ``<model>_<job>``, or ``<job>`` in the folder that is named after the model."""
    name = stem(model)
    return file.stem == name or file.stem.startswith(f"{name}_") or file.parent.name == name


def test_files_of_models_when_named_then_after_a_model_that_is_in_there():
    misnamed = [
        place(file)
        for file in sources(MODELS)
        if (models := list(models_of(file)))
        and not any(is_named_after(file, model) for model in models)
    ]
    assert misnamed == []


def test_files_of_tests_when_named_then_unique_over_all_folders():
    names = [file.name for file in sources(TESTS) if TESTS / "addons" not in file.parents]
    assert sorted(names) == sorted(set(names))


# Sizes


def test_folder_of_models_when_counted_then_a_newcomer_sees_the_layers():
    assert len(list(MODELS.glob("*.py"))) <= FILES_IN_MODELS


def lines(file):
    return len(file.read_text().splitlines())


def test_files_when_counted_then_none_is_long():
    assert [place(file) for file in sources() if lines(file) > LINES_OF_A_FILE] == []
    assert [file.name for file in sources(TESTS) if lines(file) > LINES_OF_A_TEST_FILE] == []


def test_functions_when_counted_then_none_is_long():
    long = [
        f"{file}: {function.name}"
        for file, function in nodes((ast.FunctionDef, ast.AsyncFunctionDef))
        if function.end_lineno - function.lineno >= LINES_OF_A_FUNCTION
    ]
    assert not long


# Layers


def layers():
    """Folders and files of models in the order of ``models/__init__.py``."""
    return [
        name.name
        for node in tree(MODELS / "__init__.py").body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    ]


def imports(folder):
    """(file, the parts of what it imports from the addon; None = from elsewhere, the module)."""
    for file in sources(folder):
        for node in walked(file):
            if isinstance(node, ast.Import):
                for name in node.names:
                    yield file, None, name.name
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield file, None, node.module
            elif isinstance(node, ast.ImportFrom):
                start = file.parents[node.level - 1].relative_to(ADDON).parts
                parts = (*start, *(node.module.split(".") if node.module else ()))
                for name in node.names:
                    yield file, (*parts, name.name), None


def test_layers_when_listed_then_all_folders_and_files_of_models():
    there = {
        path.stem
        for path in MODELS.iterdir()
        if path.suffix == ".py" and path.stem != "__init__" or (path / "__init__.py").exists()
    }
    assert sorted(layers()) == sorted(there)


def test_tools_when_imported_then_without_odoo_and_the_rest_of_the_addon():
    wrong = [
        (place(file), parts or module)
        for file, parts, module in imports(ADDON / "tools")
        if (parts and parts[0] != "tools") or (module or "").split(".")[0] == "odoo"
    ]
    assert wrong == []


def test_models_when_they_import_then_from_tools_and_earlier_layers():
    order = layers()
    wrong = []
    for file, parts, module in imports(MODELS):
        own = file.relative_to(MODELS).parts[0].removesuffix(".py")
        if module and module.startswith("odoo.addons.customer_segmentation"):
            wrong.append((place(file), module))
        elif parts and own != "__init__" and parts[0] != "tools":
            is_earlier = parts[0] == "models" and (
                parts[1] == own or order.index(parts[1]) < order.index(own)
            )
            if not is_earlier:
                wrong.append((place(file), parts))
    assert wrong == []


def docstrings(file):
    for node in walked(file):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr):
                yield first.value


def feature_models():
    """Names of the models that a feature defines, by itself and as a table's."""
    for feature in FEATURES:
        for file in sources(MODELS / feature):
            for model in models_of(file):
                if model.startswith(PREFIX):
                    yield model


def core_models():
    return {
        model for folder in CORE for file in sources(MODELS / folder) for model in models_of(file)
    }


def test_core_when_read_then_it_names_no_model_of_a_feature():
    models = sorted(set(feature_models()) - core_models())
    assert models
    found = set()
    for folder in CORE:
        for file in sources(MODELS / folder):
            told = set(docstrings(file))
            for node in walked(file):
                for model in models if text_of(node) and node not in told else ():
                    name = re.escape(model).replace(r"\.", "[._]")
                    if re.search(rf"(?<![\w.]){name}(?![\w.])", node.value):
                        found.add(f"{place(file)}: {model}")
    assert not found


# One definition


def test_today_when_defined_then_once():
    found = {
        file
        for file, function in nodes(ast.FunctionDef)
        if function.name in ("_today", "_segmentation_today")
    }
    assert found == {"models/res_company.py"}


def is_context(node):
    return getattr(node, "attr", getattr(node, "id", None)) == "context"


def keys_of_contexts():
    """Keys that the addon's Python reads from a context, or puts there by their names."""
    for _file, node in nodes((ast.Call, ast.Subscript)):
        if isinstance(node, ast.Subscript):
            if is_context(node.value) and text_of(node.slice):
                yield text_of(node.slice)
        elif called(node) in ("get", "pop") and is_context(node.func.value):
            yield text_of(node.args[0])
        elif called(node) == "with_context":
            yield from (word.arg for word in node.keywords if "segmentation" in (word.arg or ""))


def keys_told():
    """Keys in the table *Keys of the context* of docs/architecture.md."""
    text = (REPO / "docs" / "architecture.md").read_text()
    [table] = re.findall(r"^## Keys of the context$(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))


def test_keys_of_contexts_when_invented_then_told_in_the_documentation():
    found = {key for key in keys_of_contexts() if not key.startswith("default_")} - ODOOS_KEYS
    assert_known(found, keys_told())
    assert len(found) <= KEYS


# Nevers


def is_built(node):
    """Whether a text is put together at run time: by f"", %, + or format()."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, (ast.Mod, ast.Add))
    return isinstance(node, ast.Call) and called(node) in ("format", "join", "replace")


def test_statements_when_written_then_none_is_built_from_text():
    built = [
        f"{file}:{call.lineno}"
        for file, call in nodes(ast.Call)
        if call.args
        and (called(call) == "SQL" or (called(call) == "execute" and "cr" in ast.dump(call.func)))
        and is_built(call.args[0])
    ]
    assert built == []


def test_transactions_when_committed_then_only_where_it_is_told_why():
    found = {file for file, call in nodes(ast.Call) if called(call) == "commit"}
    assert_known(found, COMMITS)
