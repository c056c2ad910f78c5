# The tests: C++ units, the client's, and whole-system ones.

test_usage() {
  cat <<'END'
Usage: ./dev test [--lane LANE] [--suite SUITE] [ARG...]

  --lane native   how sessions are confined (only `native` exists so far)
  --suite SUITE   only this one: cpp (ctest), client or system (pytest)
  ARG...          for that suite's runner; without --suite, for ctest alone:
                    ./dev test -R Workspace
                    ./dev test --suite system -k upload
END
}

# run_tests [ARG...]: builds, runs the suites, ends with a line for each, and
# fails if any is red.
run_tests() {
  local suites=(cpp client system)
  export CARREL_LANE=native
  while [[ $# -gt 0 ]]; do
    case "$1" in
      --help | -h) test_usage; return ;;
      --lane) CARREL_LANE="${2-}"; shift ;;
      --lane=*) CARREL_LANE="${1#*=}" ;;
      --suite) suites=("${2-}"); shift ;;
      --suite=*) suites=("${1#*=}") ;;
      *) break ;;
    esac
    shift || fail "test: the last option lacks its value"
  done
  [[ $CARREL_LANE == native ]] || fail "unknown lane '$CARREL_LANE'; only 'native' exists so far"
  [[ " cpp client system " == *" ${suites[0]} "* ]] ||
    fail "unknown suite '${suites[0]}'; it is cpp, client or system"
  if [[ $# -gt 0 && ${#suites[@]} -gt 1 ]]; then suites=(cpp); fi

  build
  end_one_at_a_time
  local suite status=0 summary=()
  for suite in "${suites[@]}"; do
    say "testing: $suite"
    local started=$SECONDS
    if "test_$suite" "$@" </dev/null; then
      summary+=("$suite: green ($((SECONDS - started)) s)")
    else
      summary+=("$suite: RED ($((SECONDS - started)) s)")
      status=1
    fi
  done
  printf '%s\n' "${summary[@]}"
  return "$status"
}

test_cpp() { ctest --test-dir "$BUILD" --output-on-failure --no-tests=error -j2 "$@"; }
test_client() { run_pytest client "$PWD/client/tests" "$@"; }
test_system() { run_pytest . "$PWD/tests" "$@"; }

# run_pytest FOLDER TESTS [ARG...]: pytest as configured in FOLDER. No tests
# found is red too: pytest says so itself.
run_pytest() {
  local folder="$1" tests="$2"
  shift 2
  if [[ ! -d $tests ]]; then
    echo "no tests: $tests is missing" >&2
    return 1
  fi
  (cd "$folder" && PYTHONPATH="$ROOT/client/src" "$TOOLS_PYTHON" -m pytest \
    --timeout 300 -p no:cacheprovider "$tests" "$@")
}
