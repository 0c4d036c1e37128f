#include "fuzz/made_rfi.hpp"

#include <array>
#include <cstddef>
#include <optional>

namespace rfi::fuzz {
namespace {

using Word = std::string_view;

constexpr std::array<Word, 2> kParties{"f6b13e01-044a-4f74-a70b-d5f66b6449af",
                                       "0A6D4E0F-22A5-4F35-9D6C-0B0ED2B6C0A1"};
constexpr std::array<Word, 8> kSections{"proof_of_identity",
                                        "proof_of_address",
                                        "supporting_documents",
                                        "identifying_documents",
                                        "address_documents",
                                        "tos_policies_value",
                                        "future_section",
                                        "formation_documents"};
constexpr std::array<Word, 3> kOddSections{"tax_info", "associated_party_attachments", ""};
constexpr std::array<Word, 6> kTypes{
    "PASSPORT", "UTILITY_BILL", "GOVERNMENT_ID", "PROOF_OF_ADDRESS", "TOS", "ODD_TYPE"};
constexpr std::array<Word, 9> kFields{"files",
                                      "number",
                                      "type",
                                      "expiry_date",
                                      "country",
                                      "note",
                                      "text",
                                      "uri",
                                      "tos_policies_value"};
constexpr std::array<Word, 4> kSides{"FRONT", "BACK", "front", ""};
constexpr std::array<Word, 9> kOddValues{
    "null", "[]", "{}", "0", "1.10", "true", "[null]", "[{}]", R"({"a":{}})"};

/// Writes JSON; names and strings now and then with an escape that says the same.
class Writer {
 public:
  explicit Writer(Choices& choices) : choices_(choices) {}

  void string(Word text) {
    separate();
    text_ += '"';
    if (!text.empty() && choices_.rarely(32)) {
      constexpr std::array<Word, 16> kDigits{
          "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"};
      const auto code = static_cast<unsigned char>(text.front());
      text_.append("\\u00").append(kDigits.at(code >> 4U)).append(kDigits.at(code & 15U));
      text.remove_prefix(1);
    }
    text_.append(text).append("\"");
  }
  void name(Word text) {
    string(text);
    text_ += choices_.rarely(16) ? " : " : ":";
  }
  void raw(Word text) {
    separate();
    text_ += text;
  }
  void open(char bracket) {
    separate();
    text_ += bracket;
  }
  void close(char bracket) { text_ += bracket; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void separate() {
    if (!text_.empty() && Word{"[{:"}.find(text_.back()) == Word::npos && text_.back() != ' ') {
      text_ += ',';
    }
  }

  Choices& choices_;
  std::string text_;
};

class RequestWriter {
 public:
  explicit RequestWriter(Choices& choices) : choices_(choices), writer_(choices) {}

  const std::string& write() {
    writer_.open('[');
    for (std::size_t left = 1 + choices_.below(5); left > 0; --left) {
      choices_.rarely(2) ? item() : path();
    }
    writer_.close(']');
    return writer_.text();
  }

 private:
  Word section() {
    return choices_.rarely(16) ? choices_.any(kOddSections) : choices_.any(kSections);
  }

  void path() {
    std::string path;
    if (choices_.rarely(3)) {
      path.append("associated_party_attachments[").append(choices_.any(kParties)).append("].");
    }
    path += section();
    if (choices_.rarely(2)) {
      path.append("[").append(choices_.any(kTypes)).append("]");
    }
    if (choices_.below(3) != 0) {
      path.append(".").append(choices_.any(kFields));
    }
    writer_.string(path);
  }

  void item() {
    writer_.open('{');
    if (choices_.rarely(3)) {
      member("associated_party_id", choices_.any(kParties));
      member("scope", choices_.rarely(16) ? "CUSTOMER" : "ASSOCIATED_PARTY");
    }
    member("section", section());
    writer_.name("categories");
    writer_.open('[');
    for (std::size_t left = choices_.rarely(32) ? 0 : 1 + choices_.below(2); left > 0; --left) {
      category();
    }
    writer_.close(']');
    writer_.close('}');
  }

  void category() {
    writer_.open('{');
    member("document_type", choices_.any(kTypes));
    writer_.name("fields");
    writer_.open('[');
    for (std::size_t left = choices_.rarely(32) ? 0 : 1 + choices_.below(3); left > 0; --left) {
      writer_.open('{');
      member("field_name", choices_.any(kFields));
      if (choices_.rarely(4)) {
        member("side", choices_.any(kSides));
      }
      writer_.close('}');
    }
    writer_.close(']');
    writer_.close('}');
  }

  void member(Word name, Word value) {
    writer_.name(name);
    if (choices_.rarely(64)) {
      writer_.raw(choices_.any(kOddValues));
    } else {
      writer_.string(value);
    }
  }

  Choices& choices_;
  Writer writer_;
};

class DocumentWriter {
 public:
  explicit DocumentWriter(Choices& choices) : choices_(choices), writer_(choices) {}

  const std::string& write() {
    writer_.open('{');
    sections();
    if (choices_.rarely(2)) {
      writer_.name("associated_party_attachments");
      writer_.open('[');
      for (std::size_t left = choices_.below(4); left > 0; --left) {
        party();
      }
      writer_.close(']');
    }
    writer_.close('}');
    return writer_.text();
  }

 private:
  void sections() {
    // In their own order and each at most once: a name that stands twice refuses the row at once.
    for (std::size_t i = choices_.below(3); i < kSections.size(); i += 1 + choices_.below(4)) {
      writer_.name(kSections.at(i));
      section(i);
    }
  }

  void section(std::size_t number) {
    if (choices_.rarely(16)) {
      writer_.raw(choices_.any(kOddValues));
    } else if (kSections.at(number) == "tos_policies_value") {
      value();
    } else if (number < 2 || choices_.rarely(16)) {
      document();
    } else {
      writer_.open('[');
      for (std::size_t left = choices_.below(4); left > 0; --left) {
        choices_.rarely(16) ? value() : document();
      }
      writer_.close(']');
    }
  }

  void document() {
    writer_.open('{');
    for (std::size_t i = choices_.below(2); i < kFields.size(); i += 1 + choices_.below(4)) {
      writer_.name(kFields.at(i));
      if (choices_.rarely(16)) {
        writer_.raw(choices_.any(kOddValues));
      } else if (kFields.at(i) == "files") {
        files();
      } else if (kFields.at(i) == "type") {
        writer_.string(choices_.any(kTypes));
      } else {
        value();
      }
    }
    writer_.close('}');
  }

  void files() {
    writer_.open('[');
    for (std::size_t left = choices_.below(4); left > 0; --left) {
      writer_.open('{');
      if (!choices_.rarely(16)) {
        writer_.name(choices_.rarely(16) ? "path" : "uri");
        value();
      }
      if (choices_.rarely(2)) {
        writer_.name("side");
        choices_.rarely(32) ? writer_.raw(choices_.any(kOddValues))
                            : writer_.string(choices_.any(kSides));
      }
      if (choices_.rarely(4)) {
        writer_.name("note");
        value();
      }
      writer_.close('}');
    }
    writer_.close(']');
  }

  void party() {
    writer_.open('{');
    if (!choices_.rarely(16)) {
      writer_.name("associated_party_id");
      choices_.rarely(16) ? value() : writer_.string(choices_.any(kParties));
    }
    sections();
    writer_.close('}');
  }

  void value() {
    if (choices_.rarely(32)) {
      writer_.raw(choices_.any(kOddValues));
    } else {
      writer_.string(choices_.rarely(16) ? Word{} : kValueMark);
    }
  }

  Choices& choices_;
  Writer writer_;
};

}  // namespace

std::string make_requested(Choices& choices) {
  RequestWriter writer{choices};
  return writer.write();
}

std::string make_documents(Choices& choices) {
  DocumentWriter writer{choices};
  return writer.write();
}

allowlist::Settings make_settings(Choices& choices) {
  allowlist::Settings settings;
  const std::size_t bits = choices.below(64);
  if ((bits & 1U) != 0) {
    settings.policy = allowlist::Policy::document;
  }
  if ((bits & 2U) != 0) {
    settings.partial = allowlist::Partial::send;
  }
  if ((bits & 4U) != 0) {
    settings.extra_fields = {"note"};
  }
  if ((bits & 8U) != 0) {
    settings.aliases = {{"tax_info", std::nullopt, "supporting_documents"},
                        {"proof_of_identity", "text", "number"},
                        {"identifying_documents", "text", "proof_of_identity.number"}};
  }
  if ((bits & 16U) != 0) {
    settings.generic_types["ODD_TYPE"] = {"supporting_documents", "future_section"};
  }
  if (bits == 63) {
    settings.max_body_bytes = 200;
  }
  return settings;
}

}  // namespace rfi::fuzz
