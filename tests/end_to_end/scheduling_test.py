"""The control plane's share of the CPUs, where no cgroup gives it one."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from carrel import Client
from support import local_server, run

FIRST_UID = 1_234_500_000
UIDS = range(FIRST_UID, FIRST_UID + 10_000)


def _niceness(pid: int) -> int:
    return int(Path(f"/proc/{pid}/autogroup").read_text().split()[-1])


@pytest.mark.lanes("native")
@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="no groups of the scheduler")
def test_server_has_a_larger_share_than_its_sessions():
    with (
        local_server(images=["minimal"], first_session_uid=FIRST_UID) as server,
        Client(server.address) as client,
    ):
        session = client.create_session()
        run(session, "1")
        assert _niceness(server.pid) == -15
        theirs = []
        for folder in Path("/proc").iterdir():
            with contextlib.suppress(OSError):  # It has ended.
                if folder.name.isdigit() and folder.stat().st_uid in UIDS:
                    theirs.append(_niceness(int(folder.name)))
        assert theirs
        assert min(theirs) >= 0
