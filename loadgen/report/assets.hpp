#pragma once

#include <string_view>

namespace wsd::loadgen {

// What the HTML page is made of besides the figures; the build makes strings of the files (assets.cpp.in).
extern const std::string_view page_css;
extern const std::string_view charts_js;
extern const std::string_view uplot_js; // of npm's uplot, with its licence
extern const std::string_view uplot_css;

} // namespace wsd::loadgen
