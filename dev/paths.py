"""Where things are: the repository, the cache folder, the settings of a run.

The cache holds everything the tools fetch or build and nothing else: it can be
deleted at any time and is rebuilt from the package registries.
"""

import os
import sys
import time
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
ADDON = "customer_segmentation"
BUILD = REPO / "build"
# An addon on the hooks of ours: docs/extending.md tells of it, the tests install it.
EXAMPLE = f"{ADDON}_example"
EXAMPLE_PARENT = REPO / "tests" / "addons"
# A second work tree of the same repository keeps databases of its own.
TREE = f"_{REPO.name}" if (REPO / ".git").is_file() else ""
DEFAULT_SERIES = "19.0"
SOURCE_SERIES = "17.0"

_STARTED = time.monotonic()


class ToolError(Exception):
    """Something the user can put right; the message says what and how."""


def say(message):
    """Print a progress line with the seconds since the command started."""
    print(f"[{time.monotonic() - _STARTED:6.1f} s] {message}", flush=True)


def is_root():
    return os.geteuid() == 0


def cache_dir():
    """Return the cache folder, made if needed.

    ``CACHE`` names one. Root's own home is closed to the user ``nobody``, which
    runs PostgreSQL for root, so root's default lies below /var/cache.
    """
    named = os.environ.get("CACHE")
    if named:
        folder = Path(named).expanduser().resolve()
    elif is_root():
        folder = Path("/var/cache") / ADDON
    else:
        folder = Path.home() / ".cache" / ADDON
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ToolError(
            f"Cannot make the cache folder {folder}: {error.strerror}. "
            "Name a folder you may write to, e.g. make … CACHE=$HOME/cs-cache"
        ) from error
    if not os.access(folder, os.W_OK):
        raise ToolError(
            f"The cache folder {folder} is not writable for you. "
            "Name another one, e.g. make … CACHE=$HOME/cs-cache"
        )
    return folder


def cache_sub(*parts):
    """Return a folder below the cache, made if needed."""
    folder = cache_dir().joinpath(*parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def main(function):
    """Run a command: user errors become one line and exit status 1."""
    os.umask(0o022)
    try:
        sys.exit(function())
    except ToolError as error:
        sys.exit(f"ERROR: {error}")
    except KeyboardInterrupt:
        sys.exit("Interrupted.")
