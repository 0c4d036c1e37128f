#include "rfi/platform/field.hpp"

namespace rfi::platform {

Group::Group(std::initializer_list<Field> members) : fields(members) {}
Group::Group(const Group& other) = default;
Group& Group::operator=(const Group& other) = default;
Group::Group(Group&& other) noexcept = default;
Group& Group::operator=(Group&& other) noexcept = default;
Group::~Group() = default;

}  // namespace rfi::platform
