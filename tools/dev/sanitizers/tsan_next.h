// For functions that stand before a library's own of the same name.
#ifndef CARREL_TOOLS_DEV_SANITIZERS_TSAN_NEXT_H_
#define CARREL_TOOLS_DEV_SANITIZERS_TSAN_NEXT_H_

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

namespace carrel {

// The library's function of that (mangled) name.
template <typename Function>
Function NextFunction(const char* name) {
  void* found = dlsym(RTLD_NEXT, name);
  if (found == nullptr) {
    fprintf(stderr, "tools/dev/sanitizers: no library has %s; is it another version?\n", name);
    abort();
  }
  return reinterpret_cast<Function>(found);
}

}  // namespace carrel

// `real` is what comes after us.
#define CARREL_REAL(type, name) static const auto real = ::carrel::NextFunction<type>(name)

#endif  // CARREL_TOOLS_DEV_SANITIZERS_TSAN_NEXT_H_
