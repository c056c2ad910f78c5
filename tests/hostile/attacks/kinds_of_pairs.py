"""Makes socket pairs of every family and kind: only connected Unix streams and packets may come.

attack: 39 40
guarantee: G4
observed: {"made": [[1, 1], [1, 5]]}
"""

from kit import *

room = address(bytes(8))
made = []
for family in range(46):
    for kind in range(1, 11):
        answers = (
            {in_child(syscall, 53, family, kind | flags, 0, room) for flags in (0, 0o4000)}
            if family < 3
            else {syscall(53, family, kind, 0, room)}
        )
        made += [[family, kind]] if "OK" in answers else []
report({"made": made}, [1, 1] in made)
