// What a session allocates should lie together.
#pragma once

namespace carrel::child {

// In the zygote, when all is loaded. Its imports leave holes all over the memory that
// they have taken; a session that fills them copies a page for each. This takes the holes,
// for good, so that sessions allocate from memory of their own.
void TakeFreeMemory();

}  // namespace carrel::child
