# Debian packages.

# packages_in FILE...: the names in package lists (tools/*-packages.txt) and in
# the `debian_packages` lines of image configurations.
packages_in() {
  local file
  for file in "$@"; do
    if [[ $file == *.textproto ]]; then
      sed -nE 's/^ *debian_packages: *"([^"]+)".*/\1/p' "$file"
    else
      sed -E 's/#.*//; /^ *$/d; s/^ *([^ ]+).*/\1/' "$file"
    fi
  done | LC_ALL=C sort -u
}

# missing_packages NAME...: those that are not installed.
missing_packages() {
  local installed
  installed=" $(dpkg-query -W -f '${db:Status-Status}=${Package} ' "$@" 2>/dev/null || true)"
  local name
  for name in "$@"; do
    [[ $installed == *" installed=$name "* ]] || printf '%s\n' "$name"
  done
}

# ensure_packages FILE...: installs what the lists name and the machine lacks.
ensure_packages() {
  command -v dpkg-query >/dev/null ||
    fail "this is not a Debian system; use Debian 12, where ./dev can install what it needs"
  local wanted missing
  mapfile -t wanted < <(packages_in "$@")
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  [[ ${#missing[@]} -gt 0 ]] || return 0

  say "installing Debian packages: ${missing[*]}"
  # A third-party source that fails is no reason to stop: what counts is
  # whether the packages install.
  quietly "$STATE/log/apt-update.log" as_root apt-get -qo DPkg::Lock::Timeout=300 update ||
    say "apt-get update had errors (.carrel/log/apt-update.log); going on"
  quietly "$STATE/log/apt-install.log" as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -qyo DPkg::Lock::Timeout=300 install --no-install-recommends "${missing[@]}" ||
    fail "apt-get could not install the packages above; see .carrel/log/apt-install.log"
}
