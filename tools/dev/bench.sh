# The benchmark (bench/README.md).

bench_usage() {
  cat <<'TEXT'
Usage: ./dev bench [--only ID]... [--quick] [--details] [--json FILE]
       ./dev bench --against DIR [--rounds N] [--only ID]... [--quick]
       ./dev bench --install-peers

  --only ID        these figures alone: a,b or repeated; `peers` is their table,
                   `hostile` what others feel of guests at their worst (m, n and o)
  --quick          fewer samples, smaller crowds: a few minutes
  --details        print every row behind the figures, too
  --json FILE      where the report goes (bench/results/latest.json); the chart lies beside it
  --against DIR    compare with another checkout, which ./dev build was run in: both are measured in
                   turns, --rounds times (2), and the ratios printed (bench/results/against.json)
  --install-peers  install what Carrel is compared with: a Jupyter kernel, bubblewrap, runsc and
                   Pyodide; needs the network. Without it, what is missing is marked absent.

As root, on a machine that nobody else uses. Nothing fails because the machine is slow.
TEXT
}

# run_bench [ARG...]: builds and measures.
run_bench() {
  case " $* " in
    *' --help '* | *' -h '*) bench_usage; return ;;
    ' --install-peers ') install_peers; return ;;
  esac
  build
  end_one_at_a_time
  say "measuring"
  PYTHONPATH="$ROOT/clients/python/src" exec "$TOOLS_PYTHON" -m bench.run "$@"
}

PEERS="$STATE/bench"

# install_peers: what can be had of it; the rest stays absent.
install_peers() {
  setup
  local peer status=0
  for peer in debian jupyter pyodide; do
    say "installing peers: $peer"
    (quietly "$STATE/log/bench-$peer.log" "install_${peer}_peers") || {
      say "could not install them; see .carrel/log/bench-$peer.log"
      status=1
    }
  done
  return "$status"
}

# Node.js, for Pyodide: Debian's, unless another is there, with which Debian's npm conflicts.
install_debian_peers() {
  ensure_packages bench/peers/debian-packages.txt || return
  command -v node >/dev/null && command -v npm >/dev/null && return
  ensure_packages <(printf 'nodejs\nnpm\n')
}

# install_jupyter_peers: an environment that has the image's packages behind its own. From the
# hash-pinned lock, once `./dev lock` has made one; till then by version.
install_jupyter_peers() {
  local environment="$PEERS/jupyter" wanted=(-r bench/peers/requirements.in)
  [[ ! -f bench/peers/requirements.lock ]] ||
    wanted=(--require-hashes -r bench/peers/requirements.lock)
  rm -rf "$environment" "$environment.new"
  "$UV" venv --quiet --no-project --relocatable --python "$SYSTEM_PYTHON" "$environment.new" &&
    "$UV" pip install --quiet --only-binary ":all:" --python "$environment.new/bin/python" \
      "${wanted[@]}" || return
  printf '%s\n' "$STATE/images/data-science/lib/python3.11/site-packages" \
    >"$environment.new/lib/python3.11/site-packages/carrel-image.pth"
  mv "$environment.new" "$environment"
}

# install_pyodide_peers: the npm package, and pandas, which it fetches at its first use. Where that
# cannot be had (it is not on npm), its pandas cells are told as failed.
install_pyodide_peers() {
  mkdir -p "$PEERS/pyodide" && cp bench/peers/package.json "$PEERS/pyodide/" &&
    (cd "$PEERS/pyodide" && npm install --no-audit --no-fund) || return
  echo '{"code": "import pandas"}' | node bench/peers/pyodide_worker.mjs "$PEERS/pyodide" |
    grep -qa '{}' || echo "Pyodide has no pandas: its own registry cannot be reached"
  echo '{"code": "print(1+1)"}' | node bench/peers/pyodide_worker.mjs "$PEERS/pyodide" | grep -qa '{}'
}
