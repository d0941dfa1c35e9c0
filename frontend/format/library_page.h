// What the library says of itself: of each definition its signature and its `##`, formula and source.
#pragma once

#include <string>
#include <string_view>

namespace nnc {

/// The entry of `nnc explain gelu`: signature, formula and source, and the definition as it is written. Of another
/// tool's word what it is called here, or that it is not there; empty where nothing is known of it.
std::string library_entry(const std::string& name);

/// All names, by kind of definition: `nnc explain` alone.
std::string library_list();

/// docs/library.md.
std::string library_markdown();

}  // namespace nnc
