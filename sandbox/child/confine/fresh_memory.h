// Memory locality of sessions.
#pragma once

namespace carrel::child {

// Fills the free holes in the heap, for good, so that sessions allocate from fresh pages. It is
// called in the zygote when everything is loaded: its imports leave holes all over the heap, and a
// session that filled them would copy a page for each.
void TakeFreeMemory();

}  // namespace carrel::child
