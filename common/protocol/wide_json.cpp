#include "common/protocol/wide_json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <boost/json/value_stack.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

namespace wsd {
namespace {

namespace json = boost::json;
using boost::system::error_code;

// Remembers every member's name with the object it stands in, and builds the value of the wanted members only.
class filtering_builder {
  public:
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();

    filtering_builder(const json::storage_ptr& storage, name_filter wanted) : wanted_(wanted) {
        values_.reset(storage);
    }

    [[nodiscard]] json::value release() { return values_.release(); }
    [[nodiscard]] bool has_duplicate() {
        const auto key = [this](const name& n) { return std::tuple(n.object, text_of(n)); };
        std::sort(names_.begin(), names_.end(), [&](const name& a, const name& b) { return key(a) < key(b); });
        const auto same = [&](const name& a, const name& b) { return key(a) == key(b); };
        return std::adjacent_find(names_.begin(), names_.end(), same) != names_.end();
    }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) {
        enter();
        open_objects_.push_back({objects_++, 0});
        return true;
    }
    bool on_object_end(std::size_t, error_code&) {
        const std::size_t kept = open_objects_.back().kept;
        open_objects_.pop_back();
        if (leave()) values_.push_object(kept);
        return true;
    }
    bool on_array_begin(error_code&) {
        enter();
        return true;
    }
    bool on_array_end(std::size_t count, error_code&) {
        if (leave()) values_.push_array(count);
        return true;
    }
    bool on_key_part(json::string_view part, std::size_t, error_code&) {
        name_texts_.append(part.data(), part.size());
        return true;
    }
    bool on_key(json::string_view last, std::size_t size, error_code&) {
        name_texts_.append(last.data(), last.size());
        names_.push_back({open_objects_.back().number, name_texts_.size() - size, size});
        if (left_out_depth_ > 0) return true;
        const std::string_view text = text_of(names_.back());
        leave_out_next_ = !wanted_(text);
        if (leave_out_next_) return true;
        values_.push_key(text);
        ++open_objects_.back().kept;
        return true;
    }
    bool on_string_part(json::string_view part, std::size_t, error_code&) {
        if (left_out_depth_ == 0 && !leave_out_next_) values_.push_chars(part);
        return true;
    }
    bool on_string(json::string_view last, std::size_t, error_code&) {
        if (keeps_scalar()) values_.push_string(last);
        return true;
    }
    bool on_number_part(json::string_view, error_code&) { return true; }
    bool on_int64(std::int64_t number, json::string_view, error_code&) {
        if (keeps_scalar()) values_.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, json::string_view, error_code&) {
        if (keeps_scalar()) values_.push_uint64(number);
        return true;
    }
    bool on_double(double number, json::string_view, error_code& ec) {
        if (!std::isfinite(number)) {
            ec = json::make_error_code(json::error::not_double);
            return false;
        }
        if (keeps_scalar()) values_.push_double(number);
        return true;
    }
    bool on_bool(bool value, error_code&) {
        if (keeps_scalar()) values_.push_bool(value);
        return true;
    }
    bool on_null(error_code&) {
        if (keeps_scalar()) values_.push_null();
        return true;
    }
    bool on_comment_part(json::string_view, error_code&) { return true; }
    bool on_comment(json::string_view, error_code&) { return true; }

  private:
    struct name {
        std::size_t object; // its number, in the order in which objects begin
        std::size_t offset; // in name_texts_
        std::size_t size;
    };
    struct open_object {
        std::size_t number;
        std::size_t kept;
    };

    [[nodiscard]] std::string_view text_of(const name& n) const {
        return std::string_view(name_texts_).substr(n.offset, n.size);
    }
    void enter() {
        if (left_out_depth_ > 0 || leave_out_next_) ++left_out_depth_;
        leave_out_next_ = false;
    }
    // Whether the object or array that ends here is in the value.
    [[nodiscard]] bool leave() {
        if (left_out_depth_ == 0) return true;
        --left_out_depth_;
        return false;
    }
    [[nodiscard]] bool keeps_scalar() {
        const bool keeps = left_out_depth_ == 0 && !leave_out_next_;
        leave_out_next_ = false;
        return keeps;
    }

    name_filter wanted_;
    json::value_stack values_;
    std::string name_texts_;
    std::vector<name> names_;
    std::vector<open_object> open_objects_; // at most max_json_depth
    std::size_t objects_ = 0;
    std::size_t left_out_depth_ = 0; // objects and arrays open inside a value that is left out, itself included
    bool leave_out_next_ = false;    // the next value belongs to a name that is not wanted
};

} // namespace

json_result parse_wide(std::string_view text, const json::storage_ptr& storage, name_filter wanted) {
    json::basic_parser<filtering_builder> parser(strict_options(), storage, wanted);
    error_code ec;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
    if (ec || used != text.size()) return json_problem::not_json;
    if (parser.handler().has_duplicate()) return json_problem::duplicate_member;
    return parser.handler().release();
}

json::parse_options strict_options() {
    json::parse_options options; // the defaults allow no extension
    options.max_depth = max_json_depth;
    options.numbers = json::number_precision::precise; // decides what is finite at the edge of the range
    return options;
}

} // namespace wsd
