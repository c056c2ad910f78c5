"""Leaves tasks that block the event loop between cells, stop it, and raise what ends a process.

attack: 46
guarantee: G7
cause: COMPLETED
next: any
"""

import asyncio
import time

from kit import *

control(True)
loop = asyncio.get_event_loop()


def again():
    loop.call_soon(again)
    loop.stop()
    raise SystemExit(3)


async def block():
    while True:
        try:
            time.sleep(600)
        except BaseException:
            pass


loop.call_soon(again)
loop.call_soon(loop.remove_reader, 3)
kept = {asyncio.ensure_future(block())}
