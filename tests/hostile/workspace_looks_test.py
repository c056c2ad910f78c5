"""Scans of a workspace's usage, over several cells, and with honest programs beside them."""

from __future__ import annotations

import time

import pytest
from carrel import Cause, Client, Limits
from support import SLOWNESS, local_server, run

MEBIBYTE = 1 << 20

WRITER = """
import os, threading, time
def fill():
    for number in range(8):
        with open(f"fill{number}", "wb") as file:
            file.write(bytes(8 << 20))
    while True:  # So that it never is still.
        open("busy", "w").write(str(time.time()))
        time.sleep(0.05)
threading.Thread(target=fill, daemon=True).start()
"""

HONEST = """
import os, shutil, tempfile, time
open("kept", "wb").write(bytes(8 << 20))
end = time.monotonic() + 8
rounds = 0
while time.monotonic() < end:
    rounds += 1
    made = tempfile.mkdtemp(dir=".")
    for number in range(20):
        os.makedirs(f"{made}/package{number}/inner")
        open(f"{made}/package{number}/inner/module.py", "w").write("x = 1")
    shutil.rmtree("installed", ignore_errors=True)
    os.rename(made, "installed")
    for _ in range(50):
        with tempfile.TemporaryDirectory(dir="."):
            pass
    with open("saved.tmp", "wb") as file:
        file.write(bytes(1 << 20))
    os.replace("saved.tmp", "saved")
print(rounds)
"""


@pytest.fixture
def session():
    limits = Limits(workspace_bytes=16 * MEBIBYTE)
    with (
        local_server(images=["minimal"]) as server,
        Client(server.address) as client,
        client.create_session("minimal", limits=limits) as session,
    ):
        yield session


def test_short_cells_in_a_row_do_not_put_a_look_off(session):
    run(session, WRITER)
    end = time.monotonic() + 8 * SLOWNESS
    causes = set()
    while time.monotonic() < end and session.refresh().generation == 1:
        causes.add(session.execute("import time; time.sleep(0.2)").execution.cause)
    assert session.refresh().generation > 1
    assert session.refresh().last_loss.cause is Cause.WORKSPACE_LIMIT
    assert causes <= {Cause.COMPLETED, Cause.WORKSPACE_LIMIT}


def test_programs_that_make_move_and_remove_folders_are_left_alone(session):
    result = run(session, HONEST, timeout=60)
    assert int(result.stdout) > 0
