"""What is left when a session's supervisor was killed from outside."""

from __future__ import annotations

import os
import signal

import pytest
from support import eventually, parent_of, pids_of_uid, run, tree_below, value


@pytest.mark.lanes("container")  # natively the kernel ends the namespace with it
def test_user_id_is_free_of_processes_before_it_is_free(client, server):
    session = client.create_session("minimal")
    uid = int(value(session, "__import__('os').getuid()"))
    run(session, "import subprocess\np = subprocess.Popen(['sleep', '1000'])")
    guests = pids_of_uid(uid)
    supervisors = {parent_of(pid) for pid in guests} & set(tree_below(server.pid)) - set(guests)
    assert len(supervisors) == 1, "the supervisor's real user is its own"
    os.kill(supervisors.pop(), signal.SIGKILL)  # ours: below the server that this test started
    eventually(lambda: len(pids_of_uid(uid)) <= 1, "the interpreter died with it")
    session.delete()
    assert pids_of_uid(uid) == []
