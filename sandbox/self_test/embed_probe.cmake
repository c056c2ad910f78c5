# cmake -DOUTPUT=file.cc -DINPUT=self_test_probe.py -P embed_probe.cmake
file(READ "${INPUT}" source)
file(WRITE "${OUTPUT}" "#include \"sandbox/self_test/self_test_probe.h\"\n\nnamespace carrel {\n\nconst char kSelfTestProbe[] = R\"probe(${source})probe\";\n\n}  // namespace carrel\n")
