"""The processes of scipy's `workers=`."""

import functools
import multiprocessing
from types import ModuleType
from typing import Any


def change(util: ModuleType) -> None:
    """Make scipy fork these processes, as Python does, unless a start method was set.

    scipy prefers a fork server, which listens on a socket: there are none in a session. Nor could
    it call the function of a cell, which is in no module.
    """
    make = util.MapWrapper.__init__

    @functools.wraps(make)
    def make_with_forks(self: Any, pool: Any = 1) -> None:
        count = 1 if callable(pool) else int(pool)
        if count < -1 or count in (0, 1) or multiprocessing.get_start_method(allow_none=True):
            make(self, pool)
            return
        forks = multiprocessing.get_context("fork").Pool(None if count == -1 else count)
        make(self, forks.map)
        self.pool, self._own_pool = forks, True

    util.MapWrapper.__init__ = make_with_forks
