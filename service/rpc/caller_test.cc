// Every call hands its caller to its handler, and on to SessionTable: no signature is without it.
#include "service/model/caller.h"

#include <gtest/gtest.h>

#include <type_traits>

#include "service/rpc/code_interpreter_service.h"
#include "service/rpc/rpc_read_file.h"
#include "service/rpc/rpc_write_file.h"

namespace carrel {
namespace {

template <typename Method>
struct TakesCaller : std::false_type {};
template <typename Class, typename Result, typename... Others>
struct TakesCaller<Result (Class::*)(const Caller&, Others...)> : std::true_type {};
template <typename Class, typename Result, typename... Others>
struct TakesCaller<Result (Class::*)(const Caller&, Others...) const> : std::true_type {};
template <typename Result, typename... Others>
struct TakesCaller<Result (*)(const Caller&, Others...)> : std::true_type {};

// True if all of these functions have the caller as their first parameter.
template <auto... kFunctions>
constexpr bool kAllTakeCaller = (TakesCaller<decltype(kFunctions)>::value && ...);

// A caller is made on purpose, by CallerOf, and never by default.
static_assert(!std::is_default_constructible_v<Caller>);

static_assert(kAllTakeCaller<&SessionRpcs::Create, &SessionRpcs::Get, &SessionRpcs::List,
                             &SessionRpcs::Update, &SessionRpcs::Delete>);
static_assert(kAllTakeCaller<&ExecuteRpcs::Execute, &ExecuteRpcs::Watch>);
static_assert(kAllTakeCaller<&ExecutionRpcs::Cancel, &ExecutionRpcs::Get, &ExecutionRpcs::List>);
static_assert(kAllTakeCaller<&FileRpcs::Get, &FileRpcs::List, &FileRpcs::Delete>);
static_assert(kAllTakeCaller<&ReadFileStream::Start, &WriteFileStream::Start>);
static_assert(kAllTakeCaller<&ServerInfoRpc::Get>);
static_assert(kAllTakeCaller<&SessionTable::Create, &SessionTable::Find, &SessionTable::Describe,
                             &SessionTable::Delete, &SessionTable::List>);

// The check finds a signature without a caller.
static_assert(!kAllTakeCaller<&SessionTable::Shutdown>);

TEST(CallerTest, KeepsWhatItIsMadeOf) {
  const Caller caller("tenant", "subject", absl::InfiniteFuture());
  EXPECT_EQ(caller.tenant, "tenant");
  EXPECT_EQ(caller.subject, "subject");
  EXPECT_EQ(caller.deadline, absl::InfiniteFuture());
}

}  // namespace
}  // namespace carrel
