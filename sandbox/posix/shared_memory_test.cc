#include "sandbox/posix/shared_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <utility>

namespace carrel {
namespace {

constexpr size_t kSize = 64 << 10;

TEST(SharedMemoryTest, WhatOneWritesTheOtherReads) {
  auto made = SharedMemory::Make("test", kSize);
  ASSERT_TRUE(made.ok()) << made.status();
  void* guest = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, made->second.get(), 0);
  ASSERT_NE(guest, MAP_FAILED);
  memcpy(guest, "hello", 6);
  EXPECT_STREQ(static_cast<const char*>(made->first.data()), "hello");
  munmap(guest, kSize);
}

TEST(SharedMemoryTest, NobodyCanChangeItsSize) {
  auto made = SharedMemory::Make("test", kSize);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(ftruncate(made->second.get(), 0), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(ftruncate(made->second.get(), 2 * kSize), -1);
  EXPECT_EQ(fcntl(made->second.get(), F_ADD_SEALS, F_SEAL_WRITE), -1);
}

TEST(SharedMemoryTest, AHoleThatAGuestPunchesReadsAsZeros) {
  auto made = SharedMemory::Make("test", kSize);
  ASSERT_TRUE(made.ok());
  memset(made->first.data(), 'x', kSize);
  void* guest = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, made->second.get(), 0);
  ASSERT_NE(guest, MAP_FAILED);
  ASSERT_EQ(madvise(guest, kSize, MADV_REMOVE), 0);
  EXPECT_EQ(static_cast<const char*>(made->first.data())[kSize - 1], 0);
  munmap(guest, kSize);
}

TEST(SharedMemoryTest, MovingKeepsOneOwner) {
  auto made = SharedMemory::Make("test", kSize);
  ASSERT_TRUE(made.ok());
  SharedMemory first = std::move(made->first);
  SharedMemory second;
  EXPECT_EQ(second.data(), nullptr);
  void* data = first.data();
  second = std::move(first);
  EXPECT_EQ(second.data(), data);
}

}  // namespace
}  // namespace carrel
