// An annotation for ThreadSanitizer: the last owner of an absl::Status comes after the others,
// which an atomic counts within Debian's uninstrumented library. This interposes the library's
// function, as absl_mutex_tsan.cc does.
#include <sanitizer/tsan_interface.h>

#include <cstdint>

#include "absl/status/status.h"
#include "tools/dev/sanitizers/tsan_next.h"

namespace absl {
ABSL_NAMESPACE_BEGIN

void Status::UnrefNonInlined(uintptr_t rep) {
  CARREL_REAL(void (*)(uintptr_t), "_ZN4absl7debian36Status15UnrefNonInlinedEm");
  void* counted = reinterpret_cast<void*>(rep);
  __tsan_release(counted);
  // If this is not the last owner, it is ordered after the others nevertheless.
  __tsan_acquire(counted);
  real(rep);
}

ABSL_NAMESPACE_END
}  // namespace absl
