# Formats and common mistakes.

# our_files PATTERN...: files of ours, committed or about to be. With
# LINT_CHANGED=1, only those that differ from HEAD.
our_files() {
  if [[ ${LINT_CHANGED-} == 1 ]]; then
    git diff --name-only --diff-filter=d HEAD -- "$@"
    git ls-files --others --exclude-standard -- "$@"
  else
    git ls-files --cached --others --exclude-standard -- "$@"
  fi | while read -r file; do if [[ -f $file ]]; then printf '%s\n' "$file"; fi; done
}

# run_lint [--changed] [--fix]: every check, then a line for each; fails if any
# is red.
run_lint() {
  local argument fix=0
  LINT_CHANGED=0
  for argument in "$@"; do
    case "$argument" in
      --changed) LINT_CHANGED=1 ;;
      --fix) fix=1 ;;
      *) fail "lint knows only --changed and --fix, not '$argument'" ;;
    esac
  done
  one_at_a_time
  ensure_packages tools/lint-packages.txt
  build   # clang-tidy needs the generated headers, mypy the stubs
  end_one_at_a_time
  [[ $fix -eq 0 ]] || fix_lint

  local check status=0 summary=()
  for check in clang_format clang_tidy ruff_check ruff_format mypy shell_syntax document comments; do
    say "linting: ${check//_/-}"
    if "lint_$check"; then
      summary+=("${check//_/-}: green")
    else
      summary+=("${check//_/-}: RED")
      status=1
    fi
  done
  printf '%s\n' "${summary[@]}"
  return "$status"
}

# fix_lint: what can be put right without thought.
fix_lint() {
  say "formatting"
  our_files '*.cc' '*.h' | xargs -r clang-format-14 -i
  "$TOOLS/bin/ruff" check --quiet --fix-only . || true
  "$TOOLS/bin/ruff" format --quiet .
  make_document
}

lint_clang_format() {
  our_files '*.cc' '*.h' | xargs -r clang-format-14 --dry-run -Werror
}

# Headers are checked through the sources that include them (.clang-tidy).
lint_clang_tidy() {
  local sources=() source
  while read -r source; do
    if grep -qF "\"$ROOT/$source\"" "$BUILD/compile_commands.json"; then sources+=("$source"); fi
  done < <(our_files '*.cc')
  [[ ${#sources[@]} -gt 0 ]] || return 0
  printf '%s\0' "${sources[@]}" |
    xargs -0 -n 1 -P "$(nproc)" clang-tidy-14 --quiet -p "$BUILD" 2> >(grep -v 'warnings generated' >&2)
}

lint_ruff_check() { "$TOOLS/bin/ruff" check --quiet .; }
lint_ruff_format() { "$TOOLS/bin/ruff" format --check --quiet .; }
lint_mypy() { (cd clients/python && "$TOOLS/bin/mypy" --no-error-summary); }

lint_document() { make_document --check; }

# lint_comments: comments are sentences with a subject.
lint_comments() { "$TOOLS_PYTHON" tools/comment_language.py; }

# make_document [--check]: the tables of docs/compatibility.md from the rows that test them.
make_document() {
  PYTHONPATH="$ROOT/clients/python/src" "$TOOLS_PYTHON" tests/compatibility/document.py "$@"
}

lint_shell_syntax() {
  local file status=0
  for file in dev .ci/run tools/dev/*.sh; do
    bash -n "$file" || status=1
  done
  return "$status"
}
