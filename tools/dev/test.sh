# The tests: C++ units, the client's, and whole-system ones in every lane.

test_usage() {
  cat <<'END'
Usage: ./dev test [--lane LANE] [--suite SUITE] [ARG...]

  --lane LANE     how carreld is run by the system suite: native, container,
                  restricted, or all (the default)
  --suite SUITE   only this one: cpp (ctest), client or system (pytest)
  ARG...          for that suite's runner; without --suite, for ctest alone:
                    ./dev test -R Workspace
                    ./dev test --suite system --lane native -k upload

The lanes container and restricted need podman and the image; where those cannot be had they are
SKIPPED, and the same tests run in a stand-in made by bubblewrap, which is reported apart.

The fuzz targets run for a few seconds each: guided by coverage (libFuzzer, clang-14); where that
cannot be had it is SKIPPED, and ctest has them mutate blindly. Sequences of events run for a minute.
END
}

# run_tests [ARG...]: builds, runs the suites, ends with a table and the sum,
# and fails if any is red.
run_tests() {
  local suites=(cpp client system) lanes=(native container restricted) lane=all
  while [[ $# -gt 0 ]]; do
    case "$1" in
      --help | -h) test_usage; return ;;
      --lane) lane="${2-}"; shift ;;
      --lane=*) lane="${1#*=}" ;;
      --suite) suites=("${2-}"); shift ;;
      --suite=*) suites=("${1#*=}") ;;
      *) break ;;
    esac
    shift || fail "test: the last option lacks its value"
  done
  [[ $lane == all ]] || lanes=("$lane")
  [[ " native container restricted " == *" ${lanes[0]} "* ]] ||
    fail "unknown lane '$lane'; it is native, container, restricted or all"
  [[ " cpp client system " == *" ${suites[0]} "* ]] ||
    fail "unknown suite '${suites[0]}'; it is cpp, client or system"
  if [[ $# -gt 0 && ${#suites[@]} -gt 1 ]]; then suites=(cpp); fi

  build
  local fuzz=0
  if [[ " ${suites[*]} " == *" cpp "* && $# -eq 0 ]]; then fuzz=1; prepare_libfuzzer; fi
  TABLE=() PASSED=0 FAILED=0 SKIPPED=0 TEST_STATUS=0
  if [[ " ${suites[*]} " == *" system "* && "${lanes[*]}" != native ]]; then prepare_lanes; fi
  end_one_at_a_time
  local suite
  for suite in "${suites[@]}"; do
    case "$suite" in
      system) test_lanes "${lanes[*]}" "$@" ;;
      cpp)
        run_suite cpp test_cpp "$@"
        if [[ $fuzz -eq 1 ]]; then test_fuzz; fi
        ;;
      *) run_suite "$suite" "test_$suite" "$@" ;;
    esac
  done
  if [[ " ${suites[*]} " == *" system "* && $# -eq 0 ]]; then "$TOOLS_PYTHON" tests/hostile/matrix.py; fi
  tell_what_is_not_available
  say "the suites and lanes"
  printf '%s\n' "${TABLE[@]}"
  printf '%d passed, %d failed, %d skipped in %d s\n' "$PASSED" "$FAILED" "$SKIPPED" "$SECONDS"
  return "$TEST_STATUS"
}

test_cpp() { ctest --test-dir "$BUILD" --output-on-failure --no-tests=error -j2 "$@"; }
# test_fuzz: the fuzz targets, guided by coverage (ctest has run them blindly), and sequences of events.
test_fuzz() {
  if [[ -z $NO_LIBFUZZER ]]; then
    run_suite "fuzz targets under libFuzzer" fuzz_briefly
  else
    TABLE+=("fuzz targets under libFuzzer: SKIPPED ($NO_LIBFUZZER); cpp has run them blindly")
  fi
  run_suite "sequences of events" fuzz_events_briefly
}
test_client() { run_pytest clients/python "$PWD/clients/python/tests" "$@"; }
test_system() { run_pytest . "$PWD/tests" "$@"; }

# stress_usage NAME: the docstring of that program, and its options if they can be asked for.
stress_usage() {
  if [[ -x $TOOLS_PYTHON ]]; then
    PYTHONPATH="$ROOT/clients/python/src" "$TOOLS_PYTHON" "tests/stress/$1.py" --help && return
  fi
  awk -F'"""' 'NF > 1 { print $2; if (on || NF > 2) exit; on = 1; next } on' "tests/stress/$1.py"
}

# run_stress NAME [ARG...]: a program of tests/stress; the lane is that of CARREL_TEST_LANE.
run_stress() {
  local name="$1"
  shift
  # Its first words say all, and need nothing that is built.
  case " $* " in *" --help "* | *" -h "*) stress_usage "$name"; return ;; esac
  build
  end_one_at_a_time
  PYTHONPATH="$ROOT/clients/python/src" exec "$TOOLS_PYTHON" "tests/stress/$name.py" "$@"
}

# prepare_lanes: what the lanes in containers run in; never fails. NO_PODMAN and
# NO_STANDIN are empty, or say why there is none.
prepare_lanes() {
  NO_PODMAN="" NO_STANDIN=""
  have_podman || NO_PODMAN="$WHY_NOT"
  [[ -n $NO_PODMAN ]] || return 0
  say "podman cannot be had: $NO_PODMAN"
  if [[ $EUID -ne 0 ]]; then
    NO_STANDIN="it needs root"
  elif ! try_packages bubblewrap; then
    NO_STANDIN="$WHY_NOT"
  elif ! (ensure_standin_tree && stage_tree); then
    NO_STANDIN="its tree could not be made; see .carrel/log/rootfs.log"
  fi
}

# have_podman: installs it, if need be and possible, makes the image and tries it.
have_podman() {
  [[ $EUID -eq 0 ]] || { WHY_NOT="it needs root"; return 1; }
  try_packages podman runc buildah debootstrap || return
  make_image || return
  local log="$STATE/log/podman-try.log" try
  mkdir -p "$STATE/log"
  # Now and then a container fails to start for no reason of ours: see LOST in tests/lanes/podman.py.
  for try in 1 2 3; do
    timeout 120 "$TOOLS_PYTHON" tests/lanes/enter.py restricted --engine podman \
      carreld --version >"$log" 2>&1 && return
  done
  WHY_NOT="it is installed but cannot run the image; see .carrel/log/podman-try.log"
  return 1
}

# try_packages NAME...: installs those that are missing, if there is a network;
# else 1, and WHY_NOT.
try_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  WHY_NOT="not installed: ${missing[*]}"
  [[ $EUID -eq 0 ]] || return 1
  if ! has_debian_mirror; then
    WHY_NOT+=", and no Debian mirror can be reached"
    return 1
  fi
  (ensure_packages <(printf '%s\n' "${missing[@]}")) && return
  WHY_NOT+=", and apt-get could not install them"
  return 1
}

# has_debian_mirror: whether names of mirrors resolve, or a proxy does it for us.
has_debian_mirror() {
  local host
  [[ -z "$(apt-config dump --format '%v' Acquire::http::Proxy)" ]] || return 0
  host="$(debian_mirror | sed -E 's|^[a-z+]*://||; s|[:/].*||')"
  timeout 10 getent hosts "$host" >/dev/null
}

# test_lanes LANES [ARG...]: the system suite in each. Native has the machine to
# itself; the others wait more than they compute, and run side by side.
test_lanes() {
  local lanes="$1" lane
  local -A jobs=()
  shift
  for lane in $lanes; do
    if [[ $lane == native ]]; then
      CARREL_TEST_LANE=native run_suite "lane native" test_system "$@"
    elif [[ -n $NO_PODMAN && -n $NO_STANDIN ]]; then
      skip_lane "$lane"
    elif [[ $lanes != *container*restricted* ]]; then
      skip_lane "$lane"
      CARREL_TEST_LANE="$lane" CARREL_TEST_ENGINE="$(engine)" \
        run_suite "$(lane_name "$lane")" test_system "$@"
    else
      say "testing beside others: $(lane_name "$lane")"
      CARREL_TEST_LANE="$lane" CARREL_TEST_ENGINE="$(engine)" \
        test_aside "$STATE/log/test-$lane" "$@" &
      jobs[$lane]=$!
    fi
  done
  for lane in "${!jobs[@]}"; do wait "${jobs[$lane]}" || true; done
  for lane in $lanes; do
    [[ -n ${jobs[$lane]-} ]] || continue
    say "tested: $(lane_name "$lane")"
    cat "$STATE/log/test-$lane.log"
    skip_lane "$lane"
    add_row "$(lane_name "$lane")" "$STATE/log/test-$lane.log" \
      "$(sed -n 1p "$STATE/log/test-$lane.end")" "$(sed -n 2p "$STATE/log/test-$lane.end")"
  done
}

engine() { if [[ -z $NO_PODMAN ]]; then echo podman; else echo bubblewrap; fi; }

lane_name() {
  if [[ -z $NO_PODMAN ]]; then echo "lane $1"; else echo "stand-in for lane $1 under bubblewrap"; fi
}

# skip_lane LANE: the rows of what cannot be had.
skip_lane() {
  [[ -z $NO_PODMAN ]] || TABLE+=("lane $1: SKIPPED (podman cannot be had: $NO_PODMAN)")
  [[ -z $NO_STANDIN ]] || TABLE+=("stand-in for lane $1 under bubblewrap: SKIPPED ($NO_STANDIN)")
}

# tell_what_is_not_available: the row of tests that were not run since this machine lets carreld make
# no cgroups; those count as skipped.
tell_what_is_not_available() {
  local why
  why="$({ "$BUILD/sandbox/cgroup_test" --gtest_list_tests || true; } | sed -n 's/^NOT AVAILABLE: //p')"
  [[ -z $why ]] || TABLE+=("what needs cgroups: NOT AVAILABLE here, see ./dev test-vm ($why)")
}

# test_aside FILES [ARG...]: the system suite; leaves FILES.log, and its status
# and seconds in FILES.end.
test_aside() {
  local files="$1" started=$SECONDS status=0
  shift
  mkdir -p "$(dirname "$files")"
  printf '1\n0\n' >"$files.end"
  test_system "$@" </dev/null >"$files.log" 2>&1 || status=$?
  printf '%d\n%d\n' "$status" $((SECONDS - started)) >"$files.end"
}

# run_suite NAME COMMAND [ARG...]: runs it, and adds its row and its numbers.
run_suite() {
  local name="$1" log="$STATE/log/test.log" started=$SECONDS status=0
  shift
  say "testing: $name"
  mkdir -p "$STATE/log"
  "$@" </dev/null 2>&1 | tee "$log" || status=$?
  add_row "$name" "$log" "$status" $((SECONDS - started))
}

# add_row NAME LOG STATUS SECONDS
add_row() {
  local numbers colour=green
  [[ $3 == 0 ]] || { colour=RED; TEST_STATUS=1; }
  numbers="$(last_numbers "$2")"
  TABLE+=("$1: $colour, ${numbers:-no tests} ($4 s)")
  PASSED=$((PASSED + $(number_of passed "$numbers")))
  FAILED=$((FAILED + $(number_of failed "$numbers") + $(number_of 'errors?' "$numbers")))
  SKIPPED=$((SKIPPED + $(number_of skipped "$numbers")))
}

# last_numbers LOG: "812 passed, 3 skipped" of pytest's or ctest's last words.
last_numbers() {
  sed -nE -e 's/\x1b\[[0-9;]*m//g' -e 's/^=* *([0-9]+ [a-z]+(, [0-9]+ [a-z]+)*) in [0-9.]+s.*/\1/p' \
    -e 's/^[0-9]+% tests passed, ([0-9]+) tests failed out of ([0-9]+).*/\1 \2/p' "$1" | tail -n 1 |
    awk '$2 ~ /^[0-9]+$/ { print $2 - $1 " passed, " $1 " failed"; next } { print }'
}

# number_of WORD NUMBERS
number_of() {
  local found
  found="$(grep -oE "[0-9]+ $1\b" <<<"$2" | head -n 1)" || true
  printf '%d' "${found%% *}"
}

# run_pytest FOLDER TESTS [ARG...]: pytest as configured in FOLDER. No tests
# found is red too: pytest says so itself. CARREL_TEST_SLOWNESS: tests/support.py.
run_pytest() {
  local folder="$1" tests="$2"
  shift 2
  if [[ ! -e $tests ]]; then
    echo "no tests: $tests is missing" >&2
    return 1
  fi
  (cd "$folder" && PYTHONPATH="$ROOT/clients/python/src" "$TOOLS_PYTHON" -m pytest \
    --timeout $((300 * ${CARREL_TEST_SLOWNESS:-1})) -p no:cacheprovider "$tests" "$@")
}
