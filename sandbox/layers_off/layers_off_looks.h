// Where layers_off_test looks for a layer. Each look answers in a word or two what it sees.
#ifndef CARREL_SANDBOX_LAYERS_OFF_LAYERS_OFF_LOOKS_H_
#define CARREL_SANDBOX_LAYERS_OFF_LAYERS_OFF_LOOKS_H_

#include <functional>
#include <string>

#include "sandbox/layers.h"

namespace carrel {

// Makes a LayersOffMachine without `off` and looks. `patient`: what is looked for is expected to
// happen, so it may take as long as it takes; else it is given a moment in which not to.
using Look = std::function<std::string(LayerMask off, bool patient)>;

// The holders that the self-test at boot does not prove, then the guarantees that nothing else
// holds, as "G4 seccomp, G6 seccomp; open: G6"; or why a session does not start.
Look SeeSelfTest();

// What a session prints that runs this code. Names: errno, os, and attempt(function,
// *arguments), which is the name of the error or "done". "{…}" stands for what `facts` says.
Look SeeCell(std::string code);

// The same, with a process beside the session that belongs to its user: pid "{victim}".
Look SeeCellBesideVictim(std::string code);

// How a cell ends that would go on for long, stopped by what is looked for: "TIMEOUT",
// "CPU_TIME", "MEMORY", with "killed" if so; or "goes on".
Look SeeEndlessCell(bool is_deaf);
Look SeeBusyCell();
Look SeeLargeTree();

// What the supervisor may do, by /proc/<pid>/status.
Look SeeSupervisorRights();
Look SeeSupervisorFilters();

// Whether the interpreter lives when its supervisor was killed: "lives", "dies".
Look SeeInterpreterWithoutSupervisor();

// What the watch of a workspace says that holds too much: "WORKSPACE", "FILE_COUNT",
// "TEMPORARY", or "nothing".
Look SeeWatchOfBytes();
Look SeeWatchOfFiles();
Look SeeWatchOfTemporary();

}  // namespace carrel

#endif  // CARREL_SANDBOX_LAYERS_OFF_LAYERS_OFF_LOOKS_H_
