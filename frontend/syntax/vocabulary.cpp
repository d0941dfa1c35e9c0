#include "frontend/syntax/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "frontend/syntax/definitions.h"
#include "support/diagnostics.h"

namespace nnc {

namespace {

struct Words {
  std::string_view words, meaning;
};

constexpr auto kExpressionWords = std::to_array<Words>({
    // Activations.
    {"silu", "=swish"},
    {"celu", "write it: fn {}(x: f32[..S]) -> f32[..S] = max(x, 0) + expm1(min(x, 0))"},
    {"relu6", "write it: fn {}(x: f32[..S]) -> f32[..S] = min(relu(x), 6)"},
    {"hardswish", "write it: fn {}(x: f32[..S]) -> f32[..S] = x * min(max(x / 6 + 0.5, 0), 1)"},
    {"softmin", "write it: fn {}(x: f32[..S, K]) -> prob[..S, K] = softmax(logit(-x))"},
    {"logistic expit sigm", "=sigmoid"},
    {"heaviside", "=threshold"},
    {"lrelu", "=leaky_relu"},
    // Functions of numbers.
    {"sinh", "write it: fn {}(x: f32[..S]) -> f32[..S] = (exp(x) - exp(-x)) / 2"},
    {"cosh", "write it: fn {}(x: f32[..S]) -> f32[..S] = (exp(x) + exp(-x)) / 2"},
    {"tan", "written sin(x) / cos(x)"},
    {"asinh arcsinh", "written log(x + sqrt(x^2 + 1))"},
    {"acosh arccosh", "written log(x + sqrt(x^2 - 1))"},
    {"atanh arctanh", "written 0.5 * (log1p(x) - log1p(-x))"},
    {"arctan2", "=atan2"},
    {"atan arctan", "written atan2(x, 1)"},
    {"asin arcsin", "written atan2(x, sqrt(1 - x^2))"},
    {"acos arccos", "written atan2(sqrt(1 - x^2), x)"},
    {"sinc", "written where(x == 0, 1, sin(pi * x) / (pi * x))"},
    {"log2", "written log(x) / log(2)"},
    {"log10", "written log(x) / log(10)"},
    {"ln", "=log"},
    {"exp2", "written 2^x"},
    {"pow power", "written x^y"},
    {"square sqr", "written x^2"},
    {"rsqrt", "written 1 / sqrt(x)"},
    {"cbrt", "written sign(x) * abs(x)^(1/3)"},
    {"reciprocal", "written 1 / x"},
    {"erfc", "written 1 - erf(x)"},
    {"ceil ceiling", "written -floor(-x)"},
    {"round rint", "written floor(x + 0.5)"},
    {"trunc", "written sign(x) * floor(abs(x))"},
    {"fmod mod remainder", "written x - y * floor(x / y)"},
    {"fabs absolute magnitude", "=abs"},
    {"sgn signum", "=sign"},
    {"maximum fmax amax", "=max"},
    {"minimum fmin amin", "=min"},
    {"clip clamp clipbyvalue", "written min(max(x, 0), 1), with your own bounds"},
    {"lerp", "written x + 0.5 * (y - x), with your own share"},
    {"isnan isfinite isinf",
     "'{}' is not there: 'nnc train' stops at the first number that is not finite, and names it"},
    {"nan", "there is no '{}' to write"},
    {"inf", "=infinity"},
    {"e", "exp(1) is the number e"},
    // Reductions.
    {"average avg reducemean", "=mean"},
    {"reducesum nansum", "=sum"},
    {"reducemax", "=max"},
    {"reducemin", "=min"},
    {"std stddev stdev standarddeviation sd",
     "written sqrt(mean((x - mean(x))^2)); scaling a column is standardize(column(\"name\"))"},
    {"var variance", "written mean((x - mean(x))^2)"},
    {"l2norm norm2 vectornorm euclideannorm frobeniusnorm", "=norm"},
    {"logsumexp", "written max(x) + log(sum(exp(x - max(x))))"},
    {"argmin", "written argmax(-x)"},
    {"prod product cumsum cumprod sort argsort median quantile percentile histogram",
     "'{}' is not there: reductions are {reductions}"},
    {"all any", "'{}' is not there: min and max of where(c, 1, 0) say the same"},
    {"countnonzero", "written sum(where(x != 0, 1, 0))"},
    // Products and axes.
    {"matmul mm bmm dot addmm matvec", "written x @ W"},
    {"einsum tensordot", "'{}' is not there: @ contracts, 'permute' and 'reshape' move axes"},
    {"cat concatenate hstack", "=concat"},
    {"stack vstack", "'{}' is not there: concat(…, along: 0) after a reshape that adds the axis"},
    {"view resize", "=reshape"},
    {"unsqueeze expanddims", "written reshape(x, [B, 3, 1]), with the axes that x has"},
    {"ravel", "=flatten"},
    {"swapaxes moveaxis", "=permute"},
    {"repeat tile expand broadcastto", "'{}' is not there: an axis of 1 broadcasts by itself"},
    {"pad roll flip rot90", "'{}' is not there"},
    {"take gather indexselect embeddinglookup", "a table is indexed: table[t]"},
    {"len shape ndim numel dim",
     "the size of an axis is its name in the type of the argument: x: f32[B, N], then B and N"},
    {"zeroslike", "written 0 * x"},
    {"oneslike", "written 0 * x + 1"},
    {"full", "'{}' is not there: a number stands for every element"},
    {"arange linspace meshgrid", "'{}' is not there: an index is a number, [i < 10] => f32(i) / 10"},
    {"eye", "written identity(3, 3)"},
    {"rand random uniformlike", "written random_uniform(shape: [B, 3]), with your own axes"},
    {"randn gaussian", "written random_normal(shape: [B, 3]), with your own axes"},
    {"detach nograd", "=stop_gradient"},
    {"cond select ifelse iff", "written where(x > 0, x, y)"},
    {"float float32 fp32", "=f32"},
    {"double float64 fp64", "=f64"},
    {"int integer int32 long int64", "=i32"},
    {"uint8 byte", "=u8"},
    {"half float16 bfloat16", "=bf16"},
    {"boolean", "=bool"},
    {"class",
     "class is a type, as in y: class(3) = column(\"kind\"): i32(x) makes numbers whole, argmax(x) gives the class of "
     "scores"},
    {"label category categorical", "a class is a type of data: y: class(3) = column(\"kind\")"},
    // Losses.
    {"mseloss meansquarederror l2loss squarederror meansquareerror", "=mse"},
    {"l1loss meanabsoluteerror absoluteerror", "=mae"},
    {"rootmeansquarederror", "=rmse"},
    {"meanabsolutepercentageerror", "=mape"},
    {"smape msle triplet contrastive dice ctc",
     "'{}' is not in the library: a loss is a 'fn' of your own that gives one number, as mean(abs(p - t))"},
    {"smoothl1 smoothl1loss huberloss", "=huber"},
    {"bceloss binarycrossentropy bcewithlogits bcewithlogitsloss logloss sigmoidcrossentropy "
     "binarycrossentropywithlogits",
     "=bce"},
    {"nll nllloss ce xent crossentropyloss softmaxcrossentropy categoricalcrossentropy sparsecategoricalcrossentropy "
     "negativeloglikelihood",
     "=cross_entropy"},
    {"weightdecay l2regularization l2penalty regularizer", "add it to the loss: + 1e-4 * l2(net)"},
    {"l1regularization l1penalty lasso", "add it to the loss: + 1e-4 * l1(net)"},
    // Optimizers.
    {"radam adamax amsgrad lars lbfgs ftrl rprop sophia muon adafactor",
     "'{}' is not in the library: sgd, momentum, nesterov, adagrad, adadelta, rmsprop, adam, adamw, nadam, lion and "
     "lamb are. An 'optimizer' of your own is a few lines"},
    {"nag nesterovmomentum sgdnesterov", "=nesterov"},
    {"gd gradientdescent stochasticgradientdescent", "=sgd"},
    {"sgdm sgdmomentum sgdwithmomentum", "=momentum"},
    {"rms", "=rmsprop"},
    // Layers.
    {"linear fc fullyconnected affine innerproduct", "=dense"},
    {"conv convolution convolution2d", "=conv2d"},
    {"convolution1d", "=conv1d"},
    {"deconv convtranspose convtranspose2d", "=conv_transpose2d"},
    {"maxpool maxpool2d maxpooling", "=max_pool"},
    {"avgpool avgpool2d averagepooling", "=avg_pool"},
    {"globalaveragepooling globalavgpool adaptiveavgpool2d", "=global_avg_pool"},
    {"conv3d maxpool1d pooling upsample",
     "'{}' is not in the library of this version: an index form can say it, [n, c, i] => max(k < 2) x[n, c, 2 * i + "
     "k]"},
    {"multiheadattention mha multiheadselfattention", "=multi_head_attention"},
    {"scaleddotproductattention dotproductattention selfattention", "=attention"},
    {"positionalencoding sinusoidalencoding positionembedding", "=positional"},
    {"transformer", "'{}' is not in the library: multi_head_attention, layer_norm, residual and dense make its blocks"},
    {"simplernn elman rnncell", "=rnn"},
    {"lstmcell longshorttermmemory", "=lstm"},
    {"grucell gatedrecurrentunit", "=gru"},
    {"timedistributed", "=time_distributed"},
    {"batchnorm1d batchnorm2d batchnorm3d batchnormalization bn", "=batch_norm"},
    {"layernormalization", "=layer_norm"},
    {"groupnormalization", "=group_norm"},
    {"rmsnormalization", "=rms_norm"},
    {"instancenorm instancenorm2d localresponsenorm spectralnorm weightnorm syncbatchnorm",
     "'{}' is not in the library: batch_norm, layer_norm, group_norm and rms_norm are"},
    {"embedding", "=embed"},
    {"sequential", "stages follow each other: x |> dense(50) |> relu |> dense(10)"},
    {"input inputlayer", "the input is an argument: model net(x: f32[B, 784]) -> … = …"},
    {"activation", "a stage of its own: |> relu"},
    {"skip skipconnection shortcut", "=residual"},
    // Metrics.
    {"acc categoricalaccuracy sparsecategoricalaccuracy top1", "=accuracy"},
    {"r2score rsquared", "=r2"},
    {"f1score fscore", "=f1"},
    {"binaryf1score", "=binary_f1"},
    {"topk top5 topkaccuracy topkcategoricalaccuracy sparsetopkcategoricalaccuracy", "=top_k"},
    {"matthewscorrcoef mcc matthewscorrelation", "=matthews"},
    {"confusion confusionmatrix",
     "'{}' is no metric of the library, which give one number: 'nnc eval' prints what is confused with what"},
    {"auc roc rocauc averageprecision fbeta iou bleu",
     "'{}' is not in the library: a 'metric' of your own adds up totals over the split"},
    // Schedules.
    {"cosineannealing cosineannealinglr cosinedecay", "=cosine"},
    {"steplr stepdecay", "=step_decay"},
    {"exponentiallr exponentialdecay", "=exponential"},
    {"linearlr", "=linear_decay"},
    {"polynomiallr polynomialdecay", "=polynomial"},
    {"cosineannealingwarmrestarts cosinedecayrestarts sgdr", "=cosine_restarts"},
    {"onecyclelr", "=one_cycle"},
    {"linearwarmup warmuplr", "=warmup"},
    {"multisteplr reducelronplateau cyclic cycliclr piecewiseconstant inversesqrt noam",
     "'{}' is not in the library: a schedule is a 'fn' with a second list (step) or (epoch)"},
    // Start values.
    {"xavier xavieruniform glorotuniform", "=glorot"},
    {"kaiming kaimingnormal henormal heinit", "=he"},
    {"zero zeroinit", "=zeros"},
    {"one oneinit", "=ones"},
    {"randomnormalinit normalinit", "=normal"},
    {"kaiminguniform", "=he_uniform"},
    {"xaviernormal", "=glorot_normal"},
    {"lecunnormal", "=lecun"},
    {"truncatednormal truncnormal", "=truncated"},
    {"variancescaling dirac sparse",
     "'{}' is not in the library: zeros, ones, uniform, normal, truncated, glorot, he, lecun and orthogonal are"},
    // Scaling of columns.
    {"zscore standardscaler normalize normalise standardise batchstandardize",
     "=standardize | scaling is of columns, where the data is declared: standardize(column(\"name\"))"},
    {"minmaxscaler rescale", "=minmax | scaling is of columns, where the data is declared: minmax(column(\"name\"))"},
    {"onehotencoder getdummies dummies", "=one_hot"},
    // Words of programming languages.
    {"np numpy torch nn tf tensorflow keras jax jnp math scipy sklearn",
     "functions have no prefix here: mean(x), dense(10)"},
    {"self this", "a layer's parameters are called by their names alone: W"},
    {"none null nil undefined", "there is no '{}': leave out what has a default"},
    {"lambda", "a function is an item of the file: fn f(x) = x^2"},
    {"yes on", "=true"},
    {"no off", "=false"},
    {"range", "a loop runs over a range: for i in 0..3 { … }"},
    {"print printf println log_value",
     "there is no '{}': 'nnc explain FILE' shows every value, 'nnc run FILE FN' a function's"},
});

constexpr auto kTypeWords = std::to_array<Words>({
    {"int integer int32 int64 long i64 i16 i8 u16 u32 u64 short", "=i32"},
    {"float float32 fp32 single real number num", "=f32"},
    {"double float64 fp64", "=f64"},
    {"half float16 f16 fp16 bfloat16", "=bf16"},
    {"byte uint8 uchar", "=u8"},
    {"boolean", "=bool"},
    {"probability probabilities", "=prob"},
    {"score scores logits", "=logit"},
    {"label labels category categorical enum", "classes are written with their number: class(3)"},
    {"string str text char", "a text column is read as a class: class(K) = column(\"name\")"},
    {"tensor array matrix vector list ndarray scalar", "a tensor is its elements and its axes: f32[B, 13]"},
    {"any auto object", "a type is f32, i32, … with [axes]: f32[B, 13]"},
});

constexpr auto kTrainKeyWords = std::to_array<Words>({
    {"lr learningrate rate eta stepsize", "it is the optimizer's: optimizer = sgd(lr: 0.01)"},
    {"batchsize bs minibatch batches", "=batch"},
    {"epoch numepochs nepochs maxepochs nbepoch", "=epochs"},
    {"iterations iters iteration maxsteps numsteps nsteps maxiter maxiters numiterations trainsteps totalsteps",
     "=steps"},
    {"optim opt optimiser solver", "=optimizer"},
    {"criterion objective cost costfunction lossfn lossfunction", "=loss"},
    {"metric scores watch", "=metrics"},
    {"randomseed randomstate rng", "=seed"},
    {"validation val validationdata valdata dev evalset", "=valid"},
    {"testdata", "=test"},
    {"dataset traindata trainset x", "=data"},
    {"earlystopping patience earlystop stopping", "stop = no_improvement(valid.loss, patience: 20, restore: best)"},
    {"gradclip clipnorm gradientclip gradclipnorm clipgrad maxgradnorm gradientclipping", "clip = norm(1.0)"},
    {"clipvalue", "clip = value(1.0)"},
    {"dtype floatx type", "=precision"},
    {"weightdecay decay l2 regularization regularizer", "it is a term of the loss: + 1e-4 * l2(net)"},
    {"scheduler schedule lrschedule lrscheduler warmup",
     "the optimizer's setting may be one: optimizer = sgd(cosine(0.1))"},
    {"workers numworkers cores cpus njobs", "=threads"},
    {"device gpu cuda backend", "there is no '{}' to choose: nnc compiles for this machine's processor"},
    {"model net network", "the loss says what is trained: loss = mse(net(x), y)"},
    {"output out checkpoint savepath weights file", "--out FILE names the weights' file"},
    {"callbacks hooks verbose logging progress", "there is no '{}': the history is written beside the weights"},
    {"split validationsplit testsize trainsize", "it is the data's: csv(\"…\", split: {train: 0.8, valid: 0.2})"},
});

constexpr auto kArgumentWords = std::to_array<Words>({
    {"units outfeatures outputdim neurons nodes hidden width nout outputs features outputsize", "=out"},
    {"learningrate eta stepsize", "=lr"},
    {"alpha", "=lr|slope|decay"},
    {"rate dropoutrate dropprob probability keepprob", "=p"},
    {"epsilon", "=eps"},
    {"rho smoothing", "=decay|smooth"},
    {"b1", "=beta1"},
    {"b2", "=beta2"},
    {"betas", "beta1: 0.9, beta2: 0.999"},
    {"labelsmoothing", "=smooth"},
    {"negativeslope negslope", "=slope"},
    {"initializer kernelinitializer weightinit initialiser", "=init"},
    {"warmupsteps warmupepochs", "=warmup"},
    {"axis dim axes dims", "=over|along"},
    {"keepdims keepdim", "=keep"},
    {"size", "=shape|out"},
    {"stddev std scale sigma", "=deviation"},
    {"minval minimum", "=low"},
    {"maxval maximum", "=high"},
    {"beta threshold", "=delta"},
    {"npieces numpieces", "=pieces"},
    {"weightdecay decay l2 kernelregularizer", "it is a term of the loss: + 1e-4 * l2(net)"},
    {"activation act nonlinearity", "a stage of its own, behind this one: |> relu"},
    {"usebias bias", "there is no '{}': 'dense' adds one; without it, x @ W with a 'param W' of your own"},
    {"reduction reduce", "there is no '{}': a loss is the mean over everything"},
    {"fromlogits logits",
     "there is no '{}': the type says it. softmax and sigmoid give prob, what is declared as logit is one"},
    {"infeatures inputdim inputshape inputsize ninputs",
     "there is no '{}': the size comes from what the layer is applied to"},
    {"momentum nesterov", "momentum(0.01, momentum: 0.9) is an optimizer of its own"},
    {"amsgrad", "there is no '{}'"},
    {"name", "a layer is named by binding it: first = dense(4), then first(x)"},
});

constexpr auto kItemVocabulary = std::to_array<Words>({
    {"def function func fun define proc sub lambda", "=fn"},
    {"class module network nn neuralnetwork sequential",
     "a network is a 'model': model net(x: f32[B, 2]) -> f32[B, 1] = x |> dense(1)"},
    {"let var const set val auto static", "a setting of the file is an 'option': option n: int = 4"},
    {"param parameter weight weights variable",
     "parameters stand in a 'layer' or 'model': param W: f32[2, 3] = normal(1.0)"},
    {"dataset input inputs source table csv dataloader", "=data"},
    {"fit training run compile learn", "=train"},
    {"test evaluate assert check", "what must hold after training is an 'expect': expect train.loss < 0.1"},
    {"hyperparameter setting config arg flag args", "=option"},
    {"loss cost objective batch epochs steps seed metrics clip stop valid precision shuffle",
     "'{}' is a key of 'train': train { data = d; loss = mse(net(x), y) }"},
    {"state next", "'{}' stands in a 'layer', 'model' or 'optimizer'"},
    {"from include using require use package", "one file is a whole program: there is nothing to '{}'"},
    {"return print", "'{}' is no word of the language: a definition's last expression is its value"},
    {"for if while", "'{}' stands in a definition"},
    {"struct type enum", "a record gives values names: r = {mean: m, spread: s}"},
    {"predict prediction forward call",
     "a function for predictions is exported: export fn predict(x: f32[B, 2]) -> f32[B, 1] = net(x)"},
});

constexpr auto kSplitWords = std::to_array<Words>({
    {"val validation validate dev development eval", "=valid"},
    {"training fit", "=train"},
    {"testing holdout", "=test"},
});

constexpr auto kCsvWords = std::to_array<Words>({
    {"sep delimiter delim", "=separator"},
    {"dec", "=decimal"},
    {"columns colnames columnnames", "=names"},
    {"randomstate", "=seed"},
});

std::span<const Words> words_of(WordPlace place) {
  switch (place) {
    case WordPlace::item: return kItemVocabulary;
    case WordPlace::expression: return kExpressionWords;
    case WordPlace::type: return kTypeWords;
    case WordPlace::train_key: return kTrainKeyWords;
    case WordPlace::argument: return kArgumentWords;
    case WordPlace::split: return kSplitWords;
    case WordPlace::csv: return kCsvWords;
  }
  return {};
}

/// In small letters, without '_'.
std::string letters_of(std::string_view name) {
  std::string result;
  for (char letter : name) {
    if (letter != '_') result += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  }
  return result;
}

/// Calls `visit` with each of the parts of `text` between `separator`s.
template <typename Visit>
void for_each_part(std::string_view text, char separator, const Visit& visit) {
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(separator, at), text.size());
    visit(text.substr(at, end - at));
    at = end + 1;
  }
}

void replace_all(std::string& text, std::string_view what, const std::string& by) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
}

/// What one meaning of the table says to a word as it was written.
Meaning read(std::string_view meaning, const std::string& name, const std::vector<std::string>& known) {
  static constexpr std::string_view kOtherwise = " | ";
  Meaning result;
  if (meaning.starts_with('=')) {
    const size_t otherwise = std::min(meaning.find(kOtherwise), meaning.size());
    for_each_part(meaning.substr(1, otherwise - 1), '|', [&](std::string_view candidate) {
      const bool there = std::find(known.begin(), known.end(), candidate) != known.end();
      if (result.name.empty() && there) result.name = candidate;
    });
    if (!result.name.empty() || otherwise == meaning.size()) return result;
    meaning.remove_prefix(otherwise + kOtherwise.size());
  }
  result.text = meaning;
  replace_all(result.text, "{}", name);
  replace_all(result.text, "{reductions}", reductions_in_words());
  return result;
}

}  // namespace

std::string Meaning::help() const { return name.empty() ? text : fmt::format("did you mean '{}'?", name); }

std::vector<std::pair<std::string_view, std::string_view>> vocabulary(WordPlace place) {
  std::vector<std::pair<std::string_view, std::string_view>> result;
  for (const Words& one : words_of(place)) {
    for_each_part(one.words, ' ', [&](std::string_view word) { result.emplace_back(word, one.meaning); });
  }
  return result;
}

Meaning meaning_of(WordPlace place, const std::string& name, const std::vector<std::string>& known) {
  const std::string letters = letters_of(name);
  for (const std::string& candidate : known) {
    if (candidate != name && letters_of(candidate) == letters) return {candidate, "", true};
  }
  for (const auto& [word, meaning] : vocabulary(place)) {
    if (word != letters) continue;
    Meaning found = read(meaning, name, known);
    found.by_meaning = !found.name.empty();
    // An argument's word means nothing where no argument of that meaning is: it may still be a slip of the pen.
    if (place == WordPlace::argument && found.help().empty()) break;
    return found;
  }
  const std::string near = nearest(name, known);
  return {near == name ? "" : near, "", false};
}

}  // namespace nnc
