#include "output/table.hpp"

#include <algorithm>
#include <utility>

namespace rfi::daemon {
namespace {

// Characters, not bytes: the bytes that continue a UTF-8 sequence do not count.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

}  // namespace

Table::Table(std::vector<std::string> header) {
  if (!header.empty()) {
    add(std::move(header));
  }
}

void Table::widen(const std::vector<std::string>& row) {
  widths_.resize(std::max(widths_.size(), row.size()));
  for (std::size_t column = 0; column < row.size(); ++column) {
    widths_[column] = std::max(widths_[column], width_of(row[column]));
  }
}

void Table::add(std::vector<std::string> row) {
  widen(row);
  rows_.push_back(std::move(row));
}

std::string Table::take() {
  std::string text;
  for (const auto& row : std::exchange(rows_, {})) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
      line += row[column];
      if (column + 1 < row.size()) {
        line.append(widths_[column] - width_of(row[column]) + 2, ' ');
      }
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

}  // namespace rfi::daemon
