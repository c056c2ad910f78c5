"""Runs a command in a container of an isolation mode, with a configuration for carreld.

    enter.py LANE [--engine podman|bubblewrap] COMMAND...

CONFIG in COMMAND stands for a configuration whose directory is removed at the end:

    enter.py restricted carreld --config CONFIG --self_test
    enter.py container bash
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(which: str, *words: str) -> int:
    """Runs the command; returns its status."""
    if words[:1] == ("--engine",):
        os.environ["CARREL_TEST_ENGINE"] = words[1]
        words = words[2:]
    os.environ["CARREL_TEST_LANE"] = which
    os.umask(0o022)
    sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "clients" / "python" / "src")]
    from lanes import bubblewrap, lane, podman
    from lanes.lane_server import LaneServer

    lane.use_scratch()
    server = LaneServer()
    try:
        config = server.log_path.with_name("carreld.textproto")
        config.write_text(server.config_text())
        folders = lane.shared_folders(config)
        lane.hand_over(folders, which)
        places = {"CONFIG": str(config), "carreld": lane.CARRELD}
        inner = [places.get(word, word) for word in words]
        if os.environ.get("CARREL_TEST_ENGINE") == "podman":
            pid_file = config.with_name("pid")
            command = podman.command(which, inner, folders, f"carrel-enter-{os.getpid()}", pid_file)
            return subprocess.run(command, check=False).returncode
        with bubblewrap.command(which, inner, folders) as (command, descriptors):
            return subprocess.run(command, pass_fds=descriptors, check=False).returncode
    finally:
        server._clean_up()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    sys.exit(main(*sys.argv[1:]))
