"""Unpacks archives whose members are absolute, upwards, links, devices and setuid, with the standard library.

attack: 37
guarantee: G1 G2
observed: {"outside": [], "devices": []}
calls: {"list": "OK", "read out/link": ["FailedPrecondition", "NotFound"], "read out/hard": ["FailedPrecondition", "NotFound"]}
"""

import io
import tarfile
import zipfile

from kit import *

PLACES = ["/etc", "/usr", "/", os.path.dirname(facts()["victim"]), facts()["data_directory"]]
with tarfile.open("bad.tar", "w") as archive:

    def add(name, **attributes):
        member = tarfile.TarInfo(name)
        data = b"x" if "type" not in attributes else b""
        member.size = len(data)
        for key, value in attributes.items():
            setattr(member, key, value)
        archive.addfile(member, io.BytesIO(data))

    for place in PLACES:
        add(f"{place}/carrel-test-must-not-exist")
        add("../" * 20 + f"{place}/carrel-test-must-not-exist")
    add("link", type=tarfile.SYMTYPE, linkname="/etc")
    add("link/carrel-test-must-not-exist")
    add("hard", type=tarfile.LNKTYPE, linkname="/etc/passwd")
    add("device", type=tarfile.CHRTYPE, devmajor=1, devminor=1)
    add("setuid", mode=0o6755, uid=0, gid=0)
with zipfile.ZipFile("bad.zip", "w") as archive:
    archive.writestr("../" * 20 + "etc/carrel-test-must-not-exist", "x")
    archive.writestr("inside", "x")
os.mkdir("out")
with tarfile.open("bad.tar") as archive:
    for member in archive:
        try:
            archive.extract(member, "out", numeric_owner=True)
        except Exception:
            pass
zipfile.ZipFile("bad.zip").extractall("out")
# A file below /tmp may be the session's own; the runner checks the host's directories.
outside = [place for place in PLACES[:3] if os.path.exists(f"{place}/carrel-test-must-not-exist")]
devices = [name for name in os.listdir("out") if name == "device" and os.path.exists("out/device")]
report({"outside": outside, "devices": devices}, os.path.exists("out/inside"))
