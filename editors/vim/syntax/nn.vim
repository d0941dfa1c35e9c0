" Syntax of .nn files.
if exists('b:current_syntax')
  finish
endif

syntax keyword nnItem import option data fn layer model metric optimizer train export expect
syntax keyword nnStatement param state next first total collect for in if else scan grad along
syntax keyword nnWordOperator and or not is
syntax keyword nnType f32 f64 bf16 i32 u8 bool logit prob class int string
syntax keyword nnFunction exp log log1p expm1 tanh sigmoid sqrt sin cos atan2 erf abs sign floor sum mean max min argmax where reshape permute transpose concat split padded pick one_hot balanced stop_gradient grad frozen size params random_uniform random_normal
syntax keyword nnConstant true false pi infinity training
syntax match nnNumber /\<\d\+\(\.\d\+\)\?\([eE][+-]\?\d\+\)\?\>/
syntax match nnOperator /|>\|=>\|->\|[-+*\/@^<>=|]/
syntax match nnMember /\.\h\w*/
syntax region nnString start=/"/ skip=/\\./ end=/"\|$/
syntax match nnComment /#.*$/ contains=@Spell
syntax match nnDoc /##.*$/ contains=@Spell

highlight default link nnItem Keyword
highlight default link nnStatement Statement
highlight default link nnWordOperator Operator
highlight default link nnType Type
highlight default link nnFunction Function
highlight default link nnConstant Constant
highlight default link nnNumber Number
highlight default link nnOperator Operator
highlight default link nnString String
highlight default link nnComment Comment
highlight default link nnDoc SpecialComment

setlocal commentstring=#\ %s
let b:current_syntax = 'nn'
