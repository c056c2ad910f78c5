# Fuzzing: libFuzzer where it can be had; else replay and blind mutation.

fuzz_usage() {
  cat <<'END'
Usage: ./dev fuzz [--time SECONDS] [--target NAME] [--seed NUMBER]

  --time SECONDS  for each target; 60 if not given
  --target NAME   only this one: a folder of tests/fuzz/corpus/
  --seed NUMBER   1 if not given

With clang-14 and its libFuzzer (libclang-rt-14-dev, which is installed if it can be), inputs that
reach new code are kept in .carrel/fuzz/NAME/. Where that cannot be had, the same targets are run
under GCC's ASan and UBSan by a driver that replays the corpus and mutates it blindly: that is not
coverage-guided, and finds less. What fails goes to .carrel/fuzz/findings/.
END
}

run_fuzz() {
  local seconds=60 only="" seed=1
  while [[ $# -gt 0 ]]; do
    case "$1" in
      --help | -h) fuzz_usage; return ;;
      --time) seconds="${2-}"; shift ;;
      --time=*) seconds="${1#*=}" ;;
      --target) only="${2-}"; shift ;;
      --target=*) only="${1#*=}" ;;
      --seed) seed="${2-}"; shift ;;
      --seed=*) seed="${1#*=}" ;;
      *) fail "fuzz knows --time, --target and --seed, not '$1'" ;;
    esac
    shift || fail "fuzz: the last option lacks its value"
  done
  [[ $seconds =~ ^[0-9]+$ && $seed =~ ^[0-9]+$ ]] || fail "fuzz: SECONDS and NUMBER are numbers"
  local folder targets=()
  for folder in tests/fuzz/corpus/*/; do
    targets+=("$(basename "$folder")")
  done
  if [[ -n $only ]]; then
    [[ " ${targets[*]} " == *" $only "* ]] ||
      fail "unknown target '$only'; there are: ${targets[*]}"
    targets=("$only")
  fi

  one_at_a_time
  ensure_packages tools/debian-packages.txt
  if have_libfuzzer; then
    FUZZ_ENGINE=libfuzzer
    use_preset fuzz
  else
    FUZZ_ENGINE=blind
    use_preset asan
    say "libFuzzer cannot be had: $WHY_NOT"
    say "instead: replay and blind mutation, not coverage-guided, under GCC's ASan and UBSan"
  fi
  build fuzz-targets
  end_one_at_a_time
  fuzz_all
}

# have_libfuzzer: installs it, if need be and possible, and tries it; else 1, and WHY_NOT.
have_libfuzzer() {
  try_packages clang-14 libclang-rt-14-dev || return
  local trial="$STATE/fuzz/trial" log="$STATE/log/libfuzzer-try.log"
  mkdir -p "$STATE/fuzz" "$STATE/log"
  printf '%s\n' '#include <cstddef>' '#include <cstdint>' \
    'extern "C" int LLVMFuzzerTestOneInput(const uint8_t*, size_t) { return 0; }' |
    clang++-14 -fsanitize=fuzzer,address,undefined -x c++ - -o "$trial" >"$log" 2>&1 &&
    "$trial" -runs=1 >>"$log" 2>&1 && return
  WHY_NOT="it is installed but does not work; see .carrel/log/libfuzzer-try.log"
  return 1
}

# fuzz_all: every one of `targets`, then a table; 1 if any is red.
fuzz_all() {
  local target status=0 rows=()
  mkdir -p "$STATE/fuzz/findings"
  for target in "${targets[@]}"; do
    say "fuzzing: $target, $seconds s"
    mkdir -p "$STATE/fuzz/$target"
    local log="$STATE/log/fuzz-$target.log" verdict=green
    if ! "fuzz_$FUZZ_ENGINE" "$target" >"$log" 2>&1; then
      verdict="RED: see .carrel/log/fuzz-$target.log" status=1
      tail -n 25 "$log" >&2
    elif [[ "$(fuzz_runs "$log")" -eq 0 ]]; then
      verdict="RED: ran nothing" status=1
    fi
    rows+=("$(printf '%-20s %7d %12d %7d  %s' "$target" "$(count_files "tests/fuzz/corpus/$target")" \
      "$(fuzz_runs "$log")" "$(count_files "$STATE/fuzz/$target")" "$verdict")")
  done
  case "$FUZZ_ENGINE" in
    libfuzzer) say "libFuzzer, seed $seed" ;;
    blind) say "replay and blind mutation (not coverage-guided), seed $seed" ;;
  esac
  printf '%-20s %7s %12s %7s  %s\n' target corpus runs found verdict
  printf '%s\n' "${rows[@]}"
  return "$status"
}

fuzz_libfuzzer() {
  [[ "$(count_files "tests/fuzz/corpus/$1")" -gt 0 ]] || { echo "no corpus"; return 1; }
  UBSAN_OPTIONS=print_stacktrace=1 "$BUILD/tests/fuzz/$1_fuzz" -max_total_time="$seconds" \
    -seed="$seed" -timeout=30 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$STATE/fuzz/findings/$1-" "$STATE/fuzz/$1" "tests/fuzz/corpus/$1"
}

fuzz_blind() {
  UBSAN_OPTIONS=print_stacktrace=1 "$BUILD/tests/fuzz/$1_fuzz" --corpus "tests/fuzz/corpus/$1" \
    --seconds "$seconds" --seed "$seed" --findings "$STATE/fuzz/findings"
}

# fuzz_runs LOG: how many inputs were run, as either engine says it.
fuzz_runs() {
  sed -nE -e 's/^stat::number_of_executed_units: *([0-9]+)$/\1/p' \
    -e 's/^.*: ([0-9]+) replayed, ([0-9]+) mutated .*/\1 \2/p' "$1" |
    awk '{ runs += $1 + $2 } END { print runs + 0 }'
}

count_files() { find "$1" -type f 2>/dev/null | wc -l; }
