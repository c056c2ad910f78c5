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
  mapfile -t inputs < <(find "$folder" -type f ! -name image.textproto ! -name '*.md' \
    ! -name '*.in' ! -path '*/__pycache__/*' | LC_ALL=C sort)
  key "$(dpkg-query -W -f '${Package}=${Version} ' python3.11-minimal "${fonts[@]}")" \
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
  if [[ -f $folder/prepare.py ]]; then
    mapfile -t packages < <(packages_in "$folder/image.textproto")
    "$environment/bin/python" -I "$folder/prepare.py" "$environment" "${packages[@]}" || return
  fi
  # Sessions run as other users.
  chmod -R a+rX,go-w "$environment"
}
