# The tests under AddressSanitizer and UBSan, or under ThreadSanitizer.

sanitize_usage() {
  cat <<'END'
Usage: ./dev sanitize asan|tsan [--suite cpp|end_to_end|events] [ARG...]

Builds the preset of that name, runs the C++ tests, tests/end_to_end and a minute of sequences of
events (./dev fuzz) with it, and fails if a sanitizer says anything. Reports are in
.carrel/log/asan/ or .carrel/log/tsan/.

  --suite SUITE   only this one
  ARG...          for that suite's runner (ctest, pytest)
END
}

run_sanitize() {
  local preset="${1-}" suites=(cpp end_to_end events)
  case "$preset" in
    asan | tsan) shift ;;
    '' | --help | -h) sanitize_usage; return ;;
    *) fail "sanitize knows asan and tsan, not '$preset'" ;;
  esac
  # Where addresses are more random than this, GCC 12's runtimes do not find their place.
  if [[ "$(</proc/sys/vm/mmap_rnd_bits)" -gt 28 && -z ${CARREL_FIXED_ADDRESSES-} ]]; then
    CARREL_FIXED_ADDRESSES=1 exec setarch -R ./dev sanitize "$preset" "$@"
  fi
  if [[ ${1-} == --suite ]]; then
    suites=("${2-}")
    shift 2 || fail "sanitize: --suite lacks its value"
    [[ " cpp end_to_end events " == *" ${suites[0]} "* ]] ||
      fail "unknown suite '${suites[0]}'; it is cpp, end_to_end or events"
  elif [[ $# -gt 0 ]]; then
    fail "sanitize: arguments are for one suite; say which by --suite"
  fi

  use_preset "$preset"
  build
  end_one_at_a_time
  export CARREL_TEST_LANE=native CARREL_SANITIZED="$preset"
  sanitizer_options "$preset"
  TABLE=() PASSED=0 FAILED=0 SKIPPED=0 TEST_STATUS=0
  local suite
  for suite in "${suites[@]}"; do
    run_suite "$preset, $suite" "sanitize_$suite" "$@"
  done
  say "under $preset"
  printf '%s\n' "${TABLE[@]}"
  return "$TEST_STATUS"
}

# sanitizer_options PRESET: where reports go, and what is no report.
sanitizer_options() {
  REPORTS="$STATE/log/$1"
  local log="log_path=$REPORTS/report" folder="$ROOT/tools/dev/sanitizers"
  export ASAN_OPTIONS="$log:detect_stack_use_after_return=1:strict_string_checks=1"
  export UBSAN_OPTIONS="$log:print_stacktrace=1"
  export LSAN_OPTIONS="suppressions=$folder/lsan.supp:print_suppressions=0"
  export TSAN_OPTIONS="$log:suppressions=$folder/tsan.supp:history_size=4:print_suppressions=0"
}

sanitize_cpp() { with_reports test_cpp "$@"; }
sanitize_end_to_end() { with_reports run_pytest . "$PWD/tests/end_to_end" "$@"; }
sanitize_events() { EVENTS_BUILD="$BUILD" with_reports fuzz_events_briefly; }

# with_reports COMMAND...: runs it. Any report is red, and so is a sanitizer that would
# not have made one. (sanitizer_control_* of ctest show what it finds.)
with_reports() {
  local status=0 mistake=stale
  [[ $PRESET != tsan ]] || mistake=race
  rm -rf "$REPORTS"
  mkdir -p "$REPORTS"
  if "$BUILD/tools/dev/sanitizers/sanitizer-control" "$mistake" >/dev/null 2>&1 ||
    ! compgen -G "$REPORTS/report*" >/dev/null; then
    echo "the $PRESET build reports nothing, not even what is there" >&2
    return 1
  fi
  rm -f "$REPORTS"/report*
  "$@" || status=1
  if compgen -G "$REPORTS/report*" >/dev/null; then
    echo "what the sanitizer says ($REPORTS):" >&2
    cat "$REPORTS"/report* | grep -E '^(SUMMARY|==[0-9]+==ERROR|.*runtime error:)' | sort | uniq -c >&2
    status=1
  fi
  return "$status"
}
