#include "sandbox/child/interpreter/abort_notice.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <typeinfo>

namespace carrel::child {
namespace {

using Abort = void();

Abort* g_next_abort;
uintptr_t g_python_begin, g_python_end;
std::atomic<uint32_t>* g_notice;
pid_t g_owner;

// Records the address range of the program's code. The program is listed first.
int FindProgram(dl_phdr_info* program, size_t, void*) {
  g_python_begin = UINTPTR_MAX;
  for (int i = 0; i < program->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = program->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0) continue;
    const uintptr_t begin = program->dlpi_addr + part.p_vaddr;
    g_python_begin = std::min(g_python_begin, begin);
    g_python_end = std::max(g_python_end, begin + part.p_memsz);
  }
  return 1;
}

// Returns whether memory was refused. The exception for which std::terminate was called is better
// evidence than the last error of this thread, which is the one of a failed mmap or malloc only if
// nothing has failed since.
bool WasRefusedMemory(int error) {
  const std::type_info* exception = abi::__cxa_current_exception_type();
  if (exception != nullptr) return strcmp(exception->name(), typeid(std::bad_alloc).name()) == 0;
  return error == ENOMEM;
}

}  // namespace

void PrepareAbortNotices() {
  g_next_abort = reinterpret_cast<Abort*>(dlsym(RTLD_NEXT, "abort"));
  dl_iterate_phdr(&FindProgram, nullptr);
}

void GiveAbortNotices(std::atomic<uint32_t>* notice) {
  g_notice = notice;
  g_owner = getpid();
}

}  // namespace carrel::child

// Replaces the C library's abort for everything that is loaded into the interpreter.
extern "C" __attribute__((visibility("default"), noreturn)) void abort() noexcept {
  using namespace carrel::child;  // NOLINT: what it stands in for has no namespace
  const int error = errno;
  const auto caller = reinterpret_cast<uintptr_t>(__builtin_return_address(0));
  const bool own = caller >= g_python_begin && caller < g_python_end;
  if (g_notice != nullptr && !own && getpid() == g_owner)
    *g_notice = WasRefusedMemory(error) ? 1 : 0;
  if (g_next_abort != nullptr) g_next_abort();
  raise(SIGABRT);
  _exit(128 + SIGABRT);
}
