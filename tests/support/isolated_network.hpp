// A network and name service of this process' own: loopback only, and files of the test's making
// in place of those of /etc that say how names are resolved.
#pragma once

#include <string>

namespace rfi::test {

/// Moves the calling thread, and whatever it starts from now on, into a network and a mount
/// namespace of their own (Linux; root, or a user who may make user namespaces). Empty when done;
/// otherwise why it cannot be, for the test to skip with. Doing it again changes nothing.
///
/// There all of 127.0.0.0/8 and ::1 answer, any port may be bound, and of the names only localhost
/// is known until resolve_by() says who knows more.
[[nodiscard]] std::string isolate_network();

/// What stands in resolv.conf from now on. Throws std::runtime_error.
void resolve_by(const std::string& resolv_conf);

}  // namespace rfi::test
