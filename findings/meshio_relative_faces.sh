#!/bin/sh
# meshio reads the relative vertex numbers of a Wavefront OBJ file one vertex too early.
#
# Guess: "f -3 -2 -1" is the triangle of the three vertices just given (-1 is the latest one), as the
# format says and as trimesh reads it here; a reader that does not know such numbers refuses them.
# Seen with meshio 5.3.5: 1 is taken from every number, of either sign, so -3 -2 -1 become -4 -3 -2.
# NumPy takes those from the end of the points, which is one vertex too early; nothing complains, and a
# roof of 2 by 1 at a height of 5 becomes a wall of another size that reaches down to the ground.
# It hurts whoever measures or converts models of programs that append parts with relative numbers:
# lengths, areas and what meshio writes on are wrong, without a gap that one would see in the counts.
# Instead: make the numbers absolute first; or trimesh, if all vertices come before the faces.
#
# Ends with 1 if that is so no more.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install meshio==5.3.5 trimesh==5.2.0 numpy==2.4.6
cd "$folder"
env/bin/python - <<'END_OF_PYTHON'
import sys

import meshio
import numpy
import trimesh

POINTS = "v 0 0 0\nv 4 0 0\nv 0 3 0\nv 0 0 5\nv 2 0 5\nv 0 1 5\n"
GROUND = "f 1 2 3\n"


def areas(name, faces):
    """Of each triangle, by meshio and by trimesh."""
    with open(name, "w", encoding="ascii") as file:
        file.write(POINTS + GROUND + faces)
    mesh = meshio.read(name)
    corners = mesh.points[mesh.cells_dict["triangle"]]
    sides = corners[:, 1:] - corners[:, :1]
    by_meshio = numpy.linalg.norm(numpy.cross(sides[:, 0], sides[:, 1]), axis=1) / 2
    by_trimesh = trimesh.load(name, process=False).area_faces
    return by_meshio.round(2).tolist(), by_trimesh.round(2).tolist(), corners[1].tolist()


absolute = areas("absolute.obj", "f 4 5 6\n")
relative = areas("relative.obj", "f -3 -2 -1\n")
for label, (by_meshio, by_trimesh, roof) in (("4 5 6", absolute), ("-3 -2 -1", relative)):
    print(f"f {label}: meshio {by_meshio}, trimesh {by_trimesh}; meshio's second triangle {roof}")
sys.exit(
    absolute[0] != [6.0, 1.0]
    or absolute[1] != absolute[0]
    or relative[1] != absolute[0]
    or relative[0] == absolute[0]
    or relative[2] != [[0.0, 3.0, 0.0], [0.0, 0.0, 5.0], [2.0, 0.0, 5.0]]
)
END_OF_PYTHON
