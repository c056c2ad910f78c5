// Proof that the self-test tests: in carrel-zygote-testing, and in no other
// program, single layers of confinement can be left out, and each of them must be
// missed. In carrel-zygote IsApplied is the constant true.
#ifndef CARREL_SANDBOX_CHILD_LAYERS_H_
#define CARREL_SANDBOX_CHILD_LAYERS_H_

#include <cstdint>

namespace carrel::child {

enum class Layer : uint32_t {
  kLandlock = 1 << 0,
  kSeccomp = 1 << 1,
  kRlimits = 1 << 2,
  kNetworkNamespace = 1 << 3,
  kCapabilities = 1 << 4,
  kNoNewPrivs = 1 << 5,
  kNosuid = 1 << 6,
  kBoundedTmpfs = 1 << 7,
  kCgroup = 1 << 8,
};

#ifdef CARREL_TEST_LAYERS
// A mask of layers to leave out. Set once, before the first fork.
extern uint32_t g_layers_off;
inline bool IsApplied(Layer layer) { return (g_layers_off & static_cast<uint32_t>(layer)) == 0; }
#else
constexpr bool IsApplied(Layer) { return true; }
#endif

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_LAYERS_H_
