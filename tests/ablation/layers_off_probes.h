// The observations by which layers_off_test detects a layer. Each returns a word or two.
#ifndef CARREL_TESTS_ABLATION_LAYERS_OFF_PROBES_H_
#define CARREL_TESTS_ABLATION_LAYERS_OFF_PROBES_H_

#include <functional>
#include <string>

#include "sandbox/layers.h"

namespace carrel {

// Makes a LayersOffMachine without `off` and observes it. If `patient`, the awaited event is
// expected, so it may take as long as it needs; otherwise it gets a moment in which it must not
// happen.
using Look = std::function<std::string(LayerMask off, bool patient)>;

// Returns the mechanisms that the self-test at boot does not prove, then the guarantees that no
// other mechanism provides, as "G4 seccomp, G6 seccomp; open: G6"; or why a session does not start.
Look SeeSelfTest();

// Returns what a session prints that runs this code. The code may use errno, os, and
// attempt(function, *arguments), which returns the name of the error or "done". "{server}" and
// "{cgroup namespace}" are replaced by the host's values.
Look SeeCell(std::string code);

// Does the same beside a process of the session's user that is outside of the session; its pid
// replaces "{victim}".
Look SeeCellBesideVictim(std::string code);

// Returns how a long cell ends, which the layer should stop: "TIMEOUT", "CPU_TIME" or "MEMORY",
// with ", killed" if the interpreter was killed; or "goes on". With `ignores_sigint` the cell
// ignores SIGINT.
Look SeeEndlessCell(bool ignores_sigint);
Look SeeBusyCell();
Look SeeLargeTree();

// Returns whether the supervisor has "few" rights or "more", by /proc/<pid>/status.
Look SeeSupervisorRights();
Look SeeSupervisorFilters();

// Returns whether the interpreter lives after its supervisor was killed: "lives", "dies".
Look SeeInterpreterWithoutSupervisor();

// Returns which limit the watch of an overfull workspace reports: "WORKSPACE", "FILE_COUNT",
// "TEMPORARY", or "nothing".
Look SeeWatchOfBytes();
Look SeeWatchOfFiles();
Look SeeWatchOfTemporary();

}  // namespace carrel

#endif  // CARREL_TESTS_ABLATION_LAYERS_OFF_PROBES_H_
