#!/bin/sh
# trimesh saves a PLY of double precision as single: map coordinates move by up to 0.25 m.
#
# Guess: a PLY file that says "property double" and is loaded and saved again says so still, as trimesh
# keeps doubles; at least the ASCII one, which is written with eight decimals, is exact.
# Seen with trimesh 5.2.0: all vertices go through float32 first, ASCII too, which then says
# 5400000.50000000 for 5400000.400. At a UTM northing float32 has steps of half a metre. A step in the
# ground, 0.2 by 0.2 metres, comes back with no area. No option or warning, and the numbers look exact.
# OBJ, OFF and ASCII STL of the same mesh are right; binary STL and GLB are single by their formats.
# It hurts whoever cleans, cuts or converts terrain, buildings or scans in map coordinates.
# Instead: save OBJ; or subtract an origin before, and keep it; or write with meshio, which says double.
#
# Ends with 1 if that is so no more.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install trimesh==5.2.0 meshio==5.3.5 numpy==2.4.6
cd "$folder"
env/bin/python - <<'END_OF_PYTHON'
import sys

import meshio
import trimesh

with open("ground.ply", "w", encoding="ascii") as file:
    file.write("""ply
format ascii 1.0
element vertex 3
property double x
property double y
property double z
element face 1
property list uchar int vertex_indices
end_header
691608.3 5400000.4 519.2
691608.5 5400000.4 519.2
691608.3 5400000.6 519.2
3 0 1 2
""")


def seen(name):
    """The first northing in a file, and the area of its mesh."""
    mesh = trimesh.load(name, process=False)
    return float(mesh.vertices[0][1]), round(float(mesh.area), 4)


ground = trimesh.load("ground.ply", process=False)
ground.export("binary.ply")
ground.export("ascii.ply", encoding="ascii")
ground.export("ground.obj")
meshio.write("meshio.ply", meshio.read("ground.ply"))
files = ("ground.ply", "binary.ply", "ascii.ply", "ground.obj", "meshio.ply")
found = [seen(name) for name in files]
for name, (northing, area) in zip(files, found):
    print(f"{name}: northing {northing}, area {area}")
exact, single = (5400000.4, 0.02), (5400000.5, 0.0)
sys.exit(found != [exact, single, single, exact, exact])
END_OF_PYTHON
