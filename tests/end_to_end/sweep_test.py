"""A session whose supervisor was killed from outside leaves nothing behind."""

from __future__ import annotations

import os
import signal

import pytest
from support import eventually, parent_of, pids_of_uid, run, tree_below, value


# The kernel ends the pid namespace with the supervisor in native mode.
@pytest.mark.lanes("container")
def test_user_id_is_free_of_processes_before_it_is_free(client, server):
    session = client.create_session("minimal")
    uid = int(value(session, "__import__('os').getuid()"))
    run(session, "import subprocess\np = subprocess.Popen(['sleep', '1000'])")
    guests = pids_of_uid(uid)
    supervisors = {parent_of(pid) for pid in guests} & set(tree_below(server.pid)) - set(guests)
    assert len(supervisors) == 1, "the supervisor's real user is its own"
    # The supervisor is ours: it is below the server that this test started.
    os.kill(supervisors.pop(), signal.SIGKILL)
    eventually(lambda: len(pids_of_uid(uid)) <= 1, "the interpreter died with it")
    session.delete()
    assert pids_of_uid(uid) == []
