// Puts every SQLite connection of this process on a simulated disk, the real store's included: the
// disk becomes SQLite's default file system.
#pragma once

#include "power/simulated_disk.hpp"

namespace rfi::power {

/// What a failed call reports, as an SQLite result code: an I/O error of that call, or a full disk.
enum class FailsAs { io_error, full };

/// From now on connections are made on `disk`, which must outlive them. Nothing but the disk
/// changes when it is called again.
void use_disk(Disk& disk);
/// What Fate::fail means from now on.
void fail_as(FailsAs how);

}  // namespace rfi::power
