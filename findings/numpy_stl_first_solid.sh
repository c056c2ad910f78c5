#!/bin/sh
# numpy-stl reads the first part of a model and leaves out the rest.
#
# Guess: Mesh.from_file() has all triangles of a file.
# Seen with numpy-stl 4.1.1: an ASCII STL may hold several "solid ... endsolid", as CAD programs write
# one for each body. from_file() stops after the first: of three cubes of 1, 8 and 27 it has 12 of the
# 36 triangles and says that the volume is 1. There is no error and no warning. The mesh is closed
# (is_closed), so no check finds a fault. trimesh reads all 36.
# It hurts whoever works out the volume, weight or price of a part, or what fits a printer's bed.
# Instead: Mesh.from_multi_file(), which yields one mesh for each, or trimesh.
#
# Ends with 1 if that is so no more.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install numpy-stl==4.1.1 trimesh==5.2.0 numpy==2.4.6
cd "$folder"
env/bin/python -W error - <<'END_OF_PYTHON'
import sys

import numpy
import trimesh
from stl.mesh import Mesh

with open("parts.stl", "w", encoding="ascii") as file:
    for side, left in ((1, 0), (2, 10), (3, 20)):
        cube = trimesh.creation.box((side, side, side))
        file.write(f"solid cube{side}\n")
        for triangle, normal in zip(cube.triangles + (left, 0, 0), cube.face_normals):
            file.write("facet normal {:g} {:g} {:g}\nouter loop\n".format(*normal))
            for corner in triangle:
                file.write("vertex {:g} {:g} {:g}\n".format(*corner))
            file.write("endloop\nendfacet\n")
        file.write(f"endsolid cube{side}\n")


def volume(mesh):
    return round(float(mesh.get_mass_properties()[0]), 3)


first = Mesh.from_file("parts.stl")
parts = list(Mesh.from_multi_file("parts.stl"))
by_trimesh = trimesh.load("parts.stl", force="mesh")
print(f"from_file: {len(first)} triangles, volume {volume(first)}, closed {first.is_closed(exact=True)}")
print(f"from_multi_file: {[(len(part), volume(part)) for part in parts]}")
print(f"trimesh: {len(by_trimesh.faces)} triangles, volume {by_trimesh.volume:g}")
sys.exit(
    (len(first), volume(first)) != (12, 1)
    or not first.is_closed(exact=True)
    or [volume(part) for part in parts] != [1, 8, 27]
    or (len(by_trimesh.faces), round(by_trimesh.volume, 3)) != (36, 36)
)
END_OF_PYTHON
