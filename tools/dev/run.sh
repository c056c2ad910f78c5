# Running Carrel: the demo, and the service in the foreground.

# run_demo [ARG...]: the example starts carreld itself; its status is ours.
run_demo() {
  build
  end_one_at_a_time
  say "running examples/data_analysis.py"
  PYTHONPATH="$ROOT/clients/python/src" exec "$TOOLS_PYTHON" examples/data_analysis.py "$@"
}

# run_serve [ARG...]: carreld with .carrel/carreld.textproto, which is yours to
# edit.
run_serve() {
  build
  local config="$STATE/carreld.textproto"
  [[ -f $config ]] || write_server_config "$config"
  end_one_at_a_time
  say "serving as $config says; Ctrl-C ends it"
  exec "$BUILD/service/carreld" --config "$config" "$@"
}

# write_server_config FILE: all images on the loopback interface.
write_server_config() {
  local folder name
  {
    echo '# The configuration of `./dev serve` (proto/carrel/internal/server_config.proto).'
    echo '# Yours to edit; delete it to get the first one back. Relative paths start at'
    echo '# this folder.'
    echo 'listen: "127.0.0.1:7411"'
    echo 'data_directory: "data"'
    echo 'default_image: "data-science"'
    for folder in images/*/; do
      name="$(basename "$folder")"
      [[ -f $folder/image.textproto ]] || continue
      echo 'images {'
      echo "  config: \"../images/$name/image.textproto\""
      echo "  environment: \"images/$name\""
      echo '}'
    done
  } >"$1.new"
  mv "$1.new" "$1"
}
