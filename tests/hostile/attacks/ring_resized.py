"""Shrinks, grows and punches holes into the memory that the host reads, so that the host would die.

attack: 42
guarantee: G7 G9
observed: {"descriptors": [], "by /proc": ["EACCES", "EPERM", "ENOENT", "ENXIO"], "hole": ["OK", "EPERM"],
  "still there": true}
"""

from kit import *

ring = output_ring()
left = [
    name
    for name in os.listdir("/proc/self/fd")
    if "carrel-output"
    in (os.readlink(f"/proc/self/fd/{name}") if os.path.lexists(f"/proc/self/fd/{name}") else "")
]
mapped = f"/proc/self/map_files/{ring.begin:x}-{ring.begin + RING_BYTES:x}"
print("before", flush=True)
hole = attempt(ring.punch)
print("after", flush=True)
report(
    {
        "descriptors": left,
        "by /proc": attempt(os.truncate, mapped, 0),
        "hole": hole,
        "still there": len(ring.read(0, RING_BYTES)) == RING_BYTES,
    },
    os.path.isdir("/proc/self/fd"),
)
