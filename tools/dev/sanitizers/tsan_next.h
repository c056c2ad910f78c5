// Access to a library's function from an interposed function of the same name.
#ifndef CARREL_TOOLS_DEV_SANITIZERS_TSAN_NEXT_H_
#define CARREL_TOOLS_DEV_SANITIZERS_TSAN_NEXT_H_

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

namespace carrel {

// Returns the library's function of that (mangled) name; ends the program if there is none.
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

// Declares `real`, the function that the calling one interposes.
#define CARREL_REAL(type, name) static const auto real = ::carrel::NextFunction<type>(name)

#endif  // CARREL_TOOLS_DEV_SANITIZERS_TSAN_NEXT_H_
