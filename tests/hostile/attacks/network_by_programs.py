"""Reaches for the network by programs: the shell's /dev/tcp, curl, ping, Python's own servers and clients.

attack: 39
guarantee: G4
observed: {"worked": []}
"""

import shutil
import subprocess

from kit import *

port = facts()["port"]
COMMANDS = [["bash", "-c", f"echo > /dev/tcp/127.0.0.1/{port}"], ["bash", "-c", f"echo > /dev/udp/127.0.0.1/{port}"],
            ["curl", "-s", "-m", "3", f"http://127.0.0.1:{port}"], ["wget", "-q", "-T", "1", "-t", "1", "http://169.254.169.254/"],
            ["ping", "-c", "1", "-W", "1", "127.0.0.1"], ["ip", "addr", "add", "10.9.8.7/32", "dev", "lo"],
            ["perl", "-MSocket", "-e", "socket(S,AF_INET,SOCK_STREAM,0) or exit 1"], ["nc", "-z", "127.0.0.1", str(port)],
            ["ss", "-x"], ["getent", "hosts", "example.org"]]  # fmt: skip
worked = []
for command in COMMANDS:
    if shutil.which(command[0]):
        try:
            done = subprocess.run(command, capture_output=True, timeout=3, input=b"")
        except subprocess.TimeoutExpired:
            continue
        worked += (
            [" ".join(command)]
            if done.returncode == 0 and (command[0] != "ss" or b"/" in done.stdout)
            else []
        )
report({"worked": worked}, subprocess.run(["bash", "-c", "true"]).returncode == 0)
