# The Python environments that sessions see: images/<name> describes one,
# .carrel/images/<name> is it.

# ensure_images: makes every environment whose inputs have changed.
ensure_images() {
  local config
  for config in images/*/image.textproto; do
    ensure_image "$(basename "$(dirname "$config")")"
  done
}

# image_key NAME: a hash of all that goes into the environment. The rest of
# image.textproto (limits, preloaded modules) is read by carreld at its start.
image_key() {
  local folder="images/$1" fonts=() inputs=()
  mapfile -t fonts < <(packages_in "$folder/image.textproto")
  mapfile -t inputs < <(find "$folder" images/stand_ins -type f ! -name image.textproto ! -name '*.md' \
    ! -name '*.in' ! -path '*/__pycache__/*' | LC_ALL=C sort)
  key "$(dpkg-query -W -f '${Package}=${Version} ' python3.11-minimal libc-bin "${fonts[@]}")" \
    "${inputs[@]}" tools/dev/images.sh
}

# ensure_image NAME
ensure_image() {
  local name="$1" environment="$STATE/images/$1" wanted
  wanted="$(image_key "$name")"
  is_current "$environment/share/carrel/stamp" "$wanted" && return

  say "making the Python environment of the image $name"
  mkdir -p "$STATE/images"
  rm -rf "$environment.new"
  quietly "$STATE/log/image-$name.log" fill_image "$name" "$environment.new" ||
    fail "could not make the image $name; see .carrel/log/image-$name.log and run it again"
  # The stamp is inside, so the rename is what makes the image complete.
  stamp "$environment.new/share/carrel/stamp" "$wanted"
  rm -rf "$environment"
  mv "$environment.new" "$environment"
}

# fill_image NAME FOLDER
fill_image() {
  local folder="images/$1" environment="$2" packages
  make_environment "$environment" "$folder/requirements.lock" || return
  mkdir -p "$environment/share/carrel"
  make_time_zones "$environment" || return
  if [[ -f $folder/prepare.py ]]; then
    mapfile -t packages < <(packages_in "$folder/image.textproto")
    "$environment/bin/python" -I "$folder/prepare.py" "$environment" "${packages[@]}" || return
  fi
  stand_in_for_pip "$environment" || return
  # Sessions run as other users.
  chmod -R a+rX,go-w "$environment"
}

# stand_in_for_pip FOLDER: a module and commands that say that nothing can be installed in a session.
# Otherwise `!pip` would be Debian's, which knows Debian's packages and gives advice for another machine.
stand_in_for_pip() {
  local name site="$1/lib/python3.11/site-packages"
  cp -R images/stand_ins/pip "$site/pip" && rm -rf "$site/pip/__pycache__" || return
  "$1/bin/python" -I -m compileall -q "$site/pip" || return
  for name in pip pip3; do
    # Not by a path: in sessions the environment has another.
    printf '#!/bin/sh\nexec python3 -m pip "$@"\n' >"$1/bin/$name"
    chmod 0755 "$1/bin/$name"
  done
}

# make_time_zones ENVIRONMENT: its share/zoneinfo, from the rules in its tzdata package. The package
# has compiled files, too, but slim ones: pytz and pyarrow read only what "fat" ones spell out.
make_time_zones() {
  local rules="$1/lib/python3.11/site-packages/tzdata/zoneinfo" zones="$1/share/zoneinfo"
  /usr/sbin/zic -b fat -d "$zones" "$rules/tzdata.zi" &&
    cp "$rules"/*.tab "$rules"/{tzdata.zi,leapseconds} "$zones"
}
