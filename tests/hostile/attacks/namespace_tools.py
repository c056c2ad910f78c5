"""Runs the tools that make namespaces, mounts and other users.

attack: 2 11 12
guarantee: G5
observed: {"worked": []}
"""

import shutil
import subprocess

from kit import *

COMMANDS = """unshare -Ur true|unshare -m true|unshare -p -f true|unshare -n true|nsenter -t 1 -m true
nsenter -t 1 -p true|chroot / true|mount -t tmpfs none /mnt/data|mount --bind /usr /mnt/data|umount /mnt/data
setpriv --reuid 0 true|capsh --uid=0 -- -c true|su -c true|sudo -n true|newgrp root|chrt -f 1 true
swapon /mnt/data/none|losetup -f /mnt/data/none|hostname carrel-test|dmesg|insmod none.ko|ip link add x type dummy
setarch -R true|linux32 true|ionice -c 1 true|prlimit --pid 1 --nofile=10|runuser -u nobody true"""
worked = []
for command in COMMANDS.replace("\n", "|").split("|"):
    words = command.split()
    if shutil.which(words[0]):
        done = subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL, timeout=20)
        worked += [command] if done.returncode == 0 else []
report({"worked": worked}, subprocess.run(["true"]).returncode == 0 and shutil.which("unshare"))
