#include "passes/vectorize/values.h"
#include "support/error.h"

namespace nnc {

ScalarValue random_element(Values&, const Node&, const ElementIndex&) {
  internal_error("vectorize: random numbers are not lowered yet");
}

}  // namespace nnc
