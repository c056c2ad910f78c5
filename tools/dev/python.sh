# uv, the tools environment and the locks.

UV="$STATE/uv/bin/uv"
# Outside the clone, so that the next one needs no network; uv keeps its own
# downloads in ~/.cache/uv. Whatever comes from either is checked by hash.
DOWNLOADS="${XDG_CACHE_HOME:-$HOME/.cache}/carrel/wheels"

# ensure_uv: uv from PyPI by pip, hash-pinned, in an environment of its own.
ensure_uv() {
  [[ -x $SYSTEM_PYTHON ]] ||
    fail "$SYSTEM_PYTHON is missing; Carrel needs Debian 12 and its python3 package"
  local wanted
  wanted="$(key "$SYSTEM_PYTHON" tools/uv.lock)"
  is_current "$STATE/stamps/uv" "$wanted" && [[ -x $UV ]] && return

  say "installing uv"
  rm -rf "$STATE/uv"
  quietly "$STATE/log/uv.log" "$SYSTEM_PYTHON" -m venv "$STATE/uv" ||
    fail "could not make a virtual environment; is python3-venv installed?"
  quietly "$STATE/log/uv.log" install_uv ||
    fail "could not install uv; check the connection to PyPI (.carrel/log/uv.log)"
  stamp "$STATE/stamps/uv" "$wanted"
}

# install_uv: from what an earlier clone has downloaded, else from PyPI.
install_uv() {
  local pip=("$STATE/uv/bin/python" -m pip) pinned=(--no-deps --require-hashes --only-binary :all:)
  local kept=(--no-index --find-links "$DOWNLOADS" "${pinned[@]}" -r tools/uv.lock)
  mkdir -p "$DOWNLOADS"
  "${pip[@]}" install "${kept[@]}" && return
  "${pip[@]}" download "${pinned[@]}" -d "$DOWNLOADS" -r tools/uv.lock &&
    "${pip[@]}" install "${kept[@]}"
}

# make_environment FOLDER LOCK: a Python environment with exactly what LOCK
# names. It can be moved, as its scripts find themselves.
make_environment() {
  local sync=("$UV" pip sync --quiet --require-hashes --only-binary ":all:" --link-mode copy
    --compile-bytecode --python "$1/bin/python" "$2")
  "$UV" venv --quiet --no-project --relocatable --python "$SYSTEM_PYTHON" "$1" || return
  # Without a network, the packages of an earlier clone will do: same hashes.
  "${sync[@]}" || { echo "trying again without a network" && "${sync[@]}" --offline; }
}

# ensure_tools: what builds, tests and checks Carrel and what its client needs.
ensure_tools() {
  ensure_uv
  local wanted
  wanted="$(key "$ROOT" "$SYSTEM_PYTHON" tools/requirements.lock tools/dev/python.sh)"
  is_current "$STATE/stamps/tools" "$wanted" && [[ -x $TOOLS_PYTHON ]] && return

  say "making the tools environment"
  rm -rf "$TOOLS" "$TOOLS.new"
  quietly "$STATE/log/tools.log" make_environment "$TOOLS.new" tools/requirements.lock ||
    fail "could not install the tools; check the connection to PyPI (.carrel/log/tools.log)"
  # The client is used in place, and as the command `carrel`.
  printf '%s\n' "$ROOT/clients/python/src" >"$TOOLS.new/lib/python3.11/site-packages/carrel-client.pth"
  cat >"$TOOLS.new/bin/carrel" <<END
#!/bin/sh
exec "\$(dirname "\$(realpath "\$0")")/python" -c \
  'import sys; sys.argv[0] = "carrel"; from carrel.cli.main import main; sys.exit(main())' "\$@"
END
  chmod +x "$TOOLS.new/bin/carrel"
  mv "$TOOLS.new" "$TOOLS"
  stamp "$STATE/stamps/tools" "$wanted"
}

# make_locks [--upgrade]: every lock again from what it is made from. Without
# --upgrade, versions that still fit stay.
make_locks() {
  [[ $# -eq 0 || "$*" == --upgrade ]] || fail "lock knows only --upgrade, not '$*'"
  one_at_a_time
  ensure_packages tools/debian-packages.txt
  ensure_uv
  local source
  for source in tools/uv.in tools/requirements.in images/*/requirements.in \
    bench/peers/requirements.in; do
    say "locking $source"
    (cd "$(dirname "$source")" &&
      compile_lock "$(basename "$source" .in).lock" "$@" "$(basename "$source")") ||
      fail "could not lock $source; change the versions it asks for"
  done
  say "locking the lowest versions of clients/python/pyproject.toml"
  lowest_locks || fail "could not lock the lowest versions; change what clients/python/pyproject.toml allows"
}

# lowest_locks: what clients/python/tests/test_packaging.py builds the client with, and runs it with.
lowest_locks() {
  (cd clients/python &&
    compile_lock tests/lowest.lock --resolution lowest-direct pyproject.toml &&
    "$SYSTEM_PYTHON" -c 'import tomllib
print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' |
    compile_lock tests/build.lock --resolution lowest-direct -)
}

# compile_lock LOCK ARG...: every version with its hashes.
compile_lock() {
  "$UV" pip compile --quiet --generate-hashes --python-version 3.11 \
    --python-platform x86_64-manylinux_2_36 --no-emit-index-url --no-emit-find-links \
    --custom-compile-command './dev lock' --output-file "$@"
}
