"""Advisory file locks, so that two commands at once share one cache."""

import fcntl
import os
from contextlib import contextmanager

import paths


class FileLock:
    """A lock on a file of the cache, held by this process until released.

    The kernel releases it when the process ends, however it ends.
    """

    def __init__(self, name):
        self._path = paths.cache_sub("locks") / f"{name}.lock"
        self._fd = None

    def acquire(self, shared=False, wait=True):
        """Take the lock; return False when ``wait`` is off and another has it."""
        if self._fd is None:
            self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(self._fd, mode | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def release(self):
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


@contextmanager
def locked(name, shared=False, waiting=None):
    """Hold the lock ``name``; say ``waiting`` once when another command has it."""
    lock = FileLock(name)
    try:
        if not lock.acquire(shared, wait=False):
            if waiting:
                paths.say(waiting)
            lock.acquire(shared)
        yield lock
    finally:
        lock.release()
