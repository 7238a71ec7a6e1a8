// Ctrl-C and SIGTERM.
#pragma once

namespace clipcluster::cli {

// The first signal asks the running step to stop (interrupted() is true from then on), the second
// ends the program at once with exit code 130. Outputs appear whole or not at all either way.
void install_interrupt_handlers();
bool interrupted();

}  // namespace clipcluster::cli
