#define PY_SSIZE_T_CLEAN
#include <Python.h>
//
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "sandbox/child/confine/fresh_memory.h"

namespace carrel::child {
namespace {

// CPython's Objects/obmalloc.c cuts small blocks from pools, one size per pool. A pool begins with
// the number of its blocks in use, and its address is a multiple of its size.
static_assert(PY_VERSION_HEX >> 16 == 0x030b, "look whether pools are still like this");
constexpr uintptr_t kPoolBytes = 16 << 10;
constexpr size_t kBlockStep = 16;
constexpr size_t kLargestBlock = 512;

bool IsAloneInPool(const void* block) {
  return *reinterpret_cast<const uint32_t*>(reinterpret_cast<uintptr_t>(block) &
                                            ~(kPoolBytes - 1)) == 1;
}

void FillPools() {
  for (size_t size = kBlockStep; size <= kLargestBlock; size += kBlockStep) {
    void* block;
    do block = PyObject_Malloc(size);
    while (block != nullptr && !IsAloneInPool(block));
    PyObject_Free(block);  // This frees the pool again.
  }
}

constexpr size_t kLargestHole = 64 << 10;
// Larger sizes share bins, and the tcache does not hold them.
constexpr size_t kLargestSmall = 1040;
constexpr size_t kSmallStep = 16;
constexpr size_t kSmallest = 24;

// Fills the holes of this size or larger that lie below `end`.
void FillHoles(size_t size, const void* end) {
  void* chunk;
  do chunk = malloc(size);
  while (chunk != nullptr && chunk < end);
  free(chunk);
}

void FillHeap() {
  // Memory above this address was never used.
  const void* end = static_cast<char*>(sbrk(0)) - mallinfo2().keepcost;
  for (size_t size = kLargestHole; size > kLargestSmall; size /= 2) FillHoles(size, end);
  for (size_t size = kLargestSmall; size > kSmallest; size -= kSmallStep) FillHoles(size, end);
  FillHoles(kSmallest, end);
}

}  // namespace

void TakeFreeMemory() {
  FillPools();
  FillHeap();
}

}  // namespace carrel::child
