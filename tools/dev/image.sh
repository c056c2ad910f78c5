# The container image: its tree is staged in .carrel/container/tree, and built
# upon Debian by buildah or podman, as deploy/Containerfile says.

CONTAINER="$STATE/container"
IMAGE=localhost/carrel:latest
BASE_IMAGE=localhost/carrel-base:bookworm

# run_image: the image, from what has been built.
run_image() {
  [[ $# -eq 0 ]] || fail "image takes no arguments"
  build
  make_image || fail "could not make the image: $WHY_NOT"
  end_one_at_a_time
  say "made $IMAGE; docs/operations.md says how to run it"
}

# make_image: 0, or WHY_NOT says why there is none.
make_image() {
  local builder=buildah context="$CONTAINER/context"
  command -v buildah >/dev/null || builder=podman
  command -v "$builder" >/dev/null || { WHY_NOT="neither buildah nor podman is installed"; return 1; }
  stage_tree
  ensure_base "$builder" || return
  say "building $IMAGE with $builder"
  mkdir -p "$context"
  packages_in deploy/runtime-packages.txt images/*/image.textproto >"$context/packages"
  rm -rf "$CONTAINER/context/tree"
  cp -rlP "$CONTAINER/tree" "$context/tree"   # same file system: links cost nothing
  local command=(build) proxy
  [[ $builder == podman ]] || command=(bud)
  proxy="$(apt-config dump --format '%v' Acquire::http::Proxy)"
  [[ -z $proxy ]] || command+=(--build-arg "http_proxy=$proxy")
  # Docker's format: HEALTHCHECK has no place in OCI's.
  quietly "$STATE/log/container-image.log" "$builder" "${command[@]}" --isolation chroot \
    --network host --format docker --layers --build-arg "BASE=$BASE_IMAGE" --tag "$IMAGE" \
    --file deploy/Containerfile "$context" ||
    { WHY_NOT="$builder failed; see .carrel/log/container-image.log"; return 1; }
}

# stage_tree: .carrel/container/tree, all that is Carrel's in the image.
stage_tree() {
  local tree="$CONTAINER/tree" folder file
  rm -rf "$CONTAINER/tree.new"
  mkdir -p "$tree.new"/{opt/carrel/{bin,libexec,images},etc/carrel}
  for file in carrel-zygote libcarrel-zygote.so carrel-supervisor libcarrel-guest.so; do
    [[ ! -e $BUILD/sandbox/child/$file ]] ||
      install -m 755 "$BUILD/sandbox/child/$file" "$tree.new/opt/carrel/libexec/$file"
  done
  install -m 755 "$BUILD/service/carreld" "$tree.new/opt/carrel/bin/carreld"
  for file in images/*/image.textproto; do
    folder="$tree.new/opt/carrel/$(dirname "$file")"
    mkdir -p "$folder"
    install -m 644 "$file" "$folder/image.textproto"
    # Its scripts find themselves wherever it is. Links, as they cost nothing here.
    cp -rlP "$STATE/$(dirname "$file")" "$folder/env"
  done
  install -m 644 deploy/carreld.textproto "$tree.new/etc/carrel/carreld.textproto"
  # In the place of Debian's, for what reads only that; all images have the same.
  mkdir -p "$tree.new/usr/share"
  cp -rlP "$STATE/images/minimal/share/zoneinfo" "$tree.new/usr/share/zoneinfo"
  rm -rf "$CONTAINER/tree"
  mv "$tree.new" "$tree"
}

# ensure_base BUILDER: Debian 12 as BASE_IMAGE, from a registry, else by
# debootstrap from a Debian mirror.
ensure_base() {
  local builder="$1" base="$CONTAINER/base" log="$STATE/log/container-base.log"
  ! "$builder" inspect --type image "$BASE_IMAGE" >/dev/null 2>&1 || return 0
  say "getting Debian 12 for the container image"
  mkdir -p "$STATE/log"
  if timeout 120 "$builder" pull docker.io/library/debian:bookworm-slim >"$log" 2>&1 &&
    "$builder" tag docker.io/library/debian:bookworm-slim "$BASE_IMAGE" >>"$log" 2>&1; then
    return
  fi
  WHY_NOT="no registry, and no debootstrap"
  [[ $EUID -eq 0 ]] && command -v debootstrap >/dev/null || return
  remove_base || return
  # Its mounts are in a namespace of its own and end with it.
  quietly "$log" unshare --mount --propagation private \
    debootstrap --variant=minbase bookworm "$base" "$(debian_mirror)" ||
    { WHY_NOT="no registry, and debootstrap failed; see .carrel/log/container-base.log"; return 1; }
  tar -C "$base" --one-file-system -cf "$CONTAINER/base.tar" . || return
  remove_base || return
  import_base "$builder" >>"$log" 2>&1 ||
    { WHY_NOT="Debian could not be imported; see .carrel/log/container-base.log"; return 1; }
  rm -f "$CONTAINER/base.tar"
}

# import_base BUILDER: base.tar as BASE_IMAGE.
import_base() {
  local container
  [[ $1 == buildah ]] || { podman import "$CONTAINER/base.tar" "$BASE_IMAGE"; return; }
  container="$(buildah from scratch)" &&
    buildah add "$container" "$CONTAINER/base.tar" / &&
    buildah commit "$container" "$BASE_IMAGE" &&
    buildah rm "$container"
}

# remove_base: never through a mount.
remove_base() {
  if grep -qF " $CONTAINER/base/" /proc/self/mountinfo; then
    WHY_NOT="something is mounted below $CONTAINER/base"
    return 1
  fi
  rm -rf --one-file-system "$CONTAINER/base"
}

# debian_mirror: the one that this machine uses.
debian_mirror() {
  local mirror
  mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' |
    head -n 1)"
  printf '%s\n' "${mirror:-http://deb.debian.org/debian}"
}

# ensure_standin_tree: .carrel/rootfs, the image's Debian part from the packages
# of this machine, for where nothing can be downloaded.
ensure_standin_tree() {
  local packages wanted
  mapfile -t packages < <(packages_in deploy/runtime-packages.txt images/*/image.textproto)
  ensure_packages deploy/runtime-packages.txt
  wanted="$(key "$(dpkg-query -W)" "${packages[@]}" tools/dev/standin_rootfs.py)"
  is_current "$STATE/stamps/rootfs" "$wanted" && [[ -d $STATE/rootfs ]] && return
  say "making the stand-in for the container image"
  rm -rf --one-file-system "$STATE/rootfs.new"
  quietly "$STATE/log/rootfs.log" "$SYSTEM_PYTHON" tools/dev/standin_rootfs.py \
    "$STATE/rootfs.new" "${packages[@]}" || return
  rm -rf --one-file-system "$STATE/rootfs"
  mv "$STATE/rootfs.new" "$STATE/rootfs"
  stamp "$STATE/stamps/rootfs" "$wanted"
}
