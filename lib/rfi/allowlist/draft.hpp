// The body while it is being built: its bytes, and what is said about them.
#pragma once

#include "rfi/allowlist/catalogue.hpp"
#include "rfi/allowlist/file_by_path.hpp"
#include "rfi/allowlist/grant.hpp"
#include "rfi/allowlist/json_text.hpp"
#include "rfi/allowlist/names.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::allowlist {

/// One body in the making. Containers are opened before it is known whether they will hold
/// anything, and taken back with a Mark if they do not: so no empty one is ever sent.
class Draft {
 public:
  Draft(const Grants& grants, const Settings& settings)
      : settings_(settings), grants_(grants), met_(grants.all().size(), false) {}

  struct Mark {
    std::size_t body = 0;
    std::size_t sent = 0;
    std::size_t withheld = 0;
    std::size_t files = 0;
  };
  [[nodiscard]] Mark mark() const {
    return {body_.size(), sent_.size(), withheld_.size(), files_.size()};
  }
  void take_back(const Mark& mark);

  void open(char bracket);
  void close(char bracket) { body_ += bracket; }
  /// A member's name and colon; what follows is its value.
  void begin_member(const JsonText::Value& member);
  /// A member, byte for byte.
  void add_member(const JsonText::Value& member);

  /// The member `uri` of a file that is yet to be uploaded from `path`.
  void add_file_to_upload(std::string_view path);

  /// The place that is being built; `label` is part of a path, such as `.files` or `[0]`.
  class Step {
   public:
    Step(Draft& draft,
         std::string_view before,
         std::string_view label,
         std::string_view after = "");
    ~Step() { draft_.path_.resize(length_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Draft& draft_;
    std::size_t length_;
  };
  void sent() { sent_.push_back(path_); }
  void withheld() { withheld_.push_back(path_); }
  void problem(std::string_view sentence) { problems_.add(path_ + std::string(sentence)); }
  /// `grant` is one of the grants this draft was made with.
  void met(const Grant& grant) {
    met_[static_cast<std::size_t>(&grant - grants_.all().data())] = true;
  }

  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] const Grants& grants() const { return grants_; }
  [[nodiscard]] Problems& problems() { return problems_; }
  [[nodiscard]] std::string& body() { return body_; }
  [[nodiscard]] std::vector<std::string>& sent_paths() { return sent_; }
  [[nodiscard]] std::vector<std::string>& withheld_paths() { return withheld_; }
  [[nodiscard]] std::vector<FileByPath>& files_by_path() { return files_; }
  /// The grants no value was found for, in the order of `requested`.
  [[nodiscard]] std::vector<const Grant*> unmet() const;

 private:
  void separate();

  const Settings& settings_;
  const Grants& grants_;
  std::string body_;
  std::string path_;
  std::vector<std::string> sent_;
  std::vector<std::string> withheld_;
  std::vector<FileByPath> files_;
  std::vector<bool> met_;
  Problems problems_;
};

/// True if `grant`, one of section `section`, covers documents of that type; `type` absent: the
/// document has none.
[[nodiscard]] bool covers_type(const Grant& grant,
                               std::string_view section,
                               std::optional<std::string_view> type,
                               const Settings& settings);

}  // namespace rfi::allowlist
