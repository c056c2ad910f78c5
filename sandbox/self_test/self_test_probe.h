// self_test_probe.py as a string. Generated at build time.
#ifndef CARREL_SANDBOX_SELF_TEST_SELF_TEST_PROBE_H_
#define CARREL_SANDBOX_SELF_TEST_SELF_TEST_PROBE_H_

namespace carrel {
extern const char kSelfTestProbe[];
}  // namespace carrel

#endif  // CARREL_SANDBOX_SELF_TEST_SELF_TEST_PROBE_H_
