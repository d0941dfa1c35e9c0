// A walk as a picture, the way a lecture draws it: from left to right, values above the edges, gradients below. The one
// place that knows Graphviz.
#pragma once

#include <string>

#include "runtime/explain/walkthrough.h"

namespace nnc {

/// An SVG document. Laid out by Graphviz' dot; where its layout is missing, a Failure (exit 3) that names the package.
std::string walkthrough_picture(const Walkthrough& walk);

}  // namespace nnc
