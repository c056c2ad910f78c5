# CMake and the client's generated stubs.

# build [TARGET...]: everything that `test`, `demo` and `serve` run, or only that.
build() {
  setup
  generate_stubs
  configure
  say "building"
  if [[ -t 1 ]]; then
    ninja -C "$BUILD" "$@"
  else
    ninja -C "$BUILD" --quiet "$@"
  fi || fail "the build failed; the first error above says where"
}

# configure: CMake, when what we pass has changed. Ninja itself runs CMake
# again when a CMakeLists.txt has changed.
configure() {
  local arguments=(
    "-DCARREL_GOOGLEAPIS_PROTO_DIR=$TOOLS/lib/python3.11/site-packages"
    "-DCARREL_TOOLS_PYTHON=$TOOLS_PYTHON"
    -DPython3_EXECUTABLE=/usr/bin/python3
  ) wanted
  wanted="$(key "$ROOT" "${arguments[@]}" CMakePresets.json)"
  is_current "$BUILD/dev-stamp" "$wanted" && [[ -f $BUILD/build.ninja ]] && return

  say "configuring"
  # A clone that was moved keeps nothing of its old place.
  if [[ -f $BUILD/CMakeCache.txt ]] &&
    ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$ROOT" "$BUILD/CMakeCache.txt"; then
    rm -rf "$BUILD"
  fi
  quietly "$STATE/log/cmake.log" cmake --preset "$PRESET" "${arguments[@]}" ||
    fail "CMake failed; see above and .carrel/log/cmake.log"
  stamp "$BUILD/dev-stamp" "$wanted"
}

# generate_stubs: the client's Python from proto/.
generate_stubs() {
  local generator=clients/python/tools/generate_stubs.py inputs wanted
  mapfile -t inputs < <(find proto -name '*.proto' | LC_ALL=C sort)
  wanted="$(key "$ROOT" "$generator" "${inputs[@]}" tools/requirements.lock)"
  is_current "$STATE/stamps/stubs" "$wanted" &&
    compgen -G 'clients/python/src/carrel/v1/*_pb2_grpc.py' >/dev/null && return

  say "generating the client's stubs"
  quietly "$STATE/log/stubs.log" "$TOOLS_PYTHON" "$generator" ||
    fail "$generator failed; see above"
  stamp "$STATE/stamps/stubs" "$wanted"
}
