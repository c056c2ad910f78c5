"""Looks up names: DNS, the hosts file's, cloud metadata, its own.

attack: 39
guarantee: G4
observed: {"found": []}
"""

import socket
import urllib.request

from kit import *

found = []
for name in (
    "example.org",
    "metadata.google.internal",
    "kubernetes.default.svc",
    "host.docker.internal",
):
    found += [name] if attempt(socket.getaddrinfo, name, 80) == "OK" else []
for url in (
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/",
    f"http://localhost:{facts()['port']}/",
):
    found += [url] if attempt(urllib.request.urlopen, url, timeout=2) == "OK" else []
report({"found": found}, socket.inet_aton("127.0.0.1") == b"\x7f\0\0\x01")
