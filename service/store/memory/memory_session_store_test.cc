#include "service/store/memory/memory_session_store.h"

#include "service/store/session_store_contract.h"

namespace carrel {
namespace {

std::unique_ptr<SessionStore> Make(EventLoop* /*loop*/) {
  return std::make_unique<MemorySessionStore>();
}

INSTANTIATE_TEST_SUITE_P(Memory, SessionStoreContract,
                         testing::Combine(testing::Values(&Make), testing::Bool()));

}  // namespace
}  // namespace carrel
