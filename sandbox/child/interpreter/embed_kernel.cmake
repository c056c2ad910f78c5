# cmake -DOUTPUT=file.cc -DDIRECTORY=kernel -P embed_kernel.cmake: the kernel's
# modules as C++ raw strings, in pieces below the compiler's limit.
set(text "#include \"sandbox/child/interpreter/kernel_source.h\"\n\nnamespace carrel::child {\n\n")
string(APPEND text "const std::vector<KernelModule> kKernelModules = {\n")
foreach(module _carrel_forks _carrel_processes _carrel_streams _carrel_errors _carrel_json _carrel_display
                _carrel_asyncio _carrel_figures _carrel_reading _carrel_tracebacks _carrel_shell
                _carrel_magics _carrel_kernel)
  file(READ "${DIRECTORY}/${module}.py" source)
  string(APPEND text "    {\"${module}\",\n     R\"carrel(${source})carrel\"},\n")
endforeach()
string(APPEND text "};\n\n}  // namespace carrel::child\n")
file(WRITE "${OUTPUT}" "${text}")
