// The interpreter's operations: functions that run one NestOp.
#pragma once

#include "ir/nest/nest_code.h"

namespace nnc {

using NestFunction = void (*)(NestFrame& frame, const NestOp& op);

/// to = function(a, b, c), lane by lane; null where the element has no such function (or it is select or a polynomial).
NestFunction apply_operation(Scalar function, Element element);
NestFunction cast_operation(Element from, Element to);
NestFunction select_operation(Element element);  ///< a: the conditions
NestFunction splat_operation(Element element);
NestFunction copy_operation();         ///< `extra` bytes
NestFunction index_operation();        ///< affine `extra`
NestFunction read_array_operation();   ///< to = a[subscripts `b`], `extra` bytes each
NestFunction write_array_operation();  ///< a[subscripts `b`] = to
NestFunction load_operation();         ///< place `extra`
NestFunction store_operation();        ///< a to place `extra`

}  // namespace nnc
