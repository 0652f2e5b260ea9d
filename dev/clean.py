"""``make clean``: remove what was built here and what the tools made in the cache.

An Odoo source tree the user put into the cache is the user's and stays.
"""

import shutil

import debian_odoo
import paths
import postgres

_MADE_BY_TOOLS = (
    *["apt", "browser", "pdf", "conf", "data", "data-durable", "data-external"],
    *["log", "postgres", "pycache", "screenshots", "venv"],
)


def main():
    cache = paths.cache_dir()
    _check_unused()
    shutil.rmtree(paths.BUILD, ignore_errors=True)
    for name in _MADE_BY_TOOLS:
        shutil.rmtree(cache / name, ignore_errors=True)
    for tree in sorted((cache / "odoo").glob("*")):
        if (tree / debian_odoo.MARK).exists():
            shutil.rmtree(tree)
        else:
            paths.say(f"kept: {tree} (yours)")
    paths.say(f"removed build/ and what the tools made in {cache}")
    return 0


def _check_unused():
    """Refuse while another command works with the databases."""
    for durable in (False, True):
        if postgres.in_use(durable):
            raise paths.ToolError(
                "Another command (make demo, make test …) is using the cache; "
                "stop it first."
            )


if __name__ == "__main__":
    paths.main(main)
