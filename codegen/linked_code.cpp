#include "codegen/linked_code.h"

#include <fmt/format.h>
#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/ExecutorProcessControl.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#include <llvm/ExecutionEngine/Orc/TaskDispatch.h>

#include <string>

#include "support/error.h"

namespace nnc {

namespace {

template <class T>
T require(llvm::Expected<T> expected, const char* doing) {
  if (expected) return std::move(*expected);
  refuse(doing, llvm::toString(expected.takeError()));
}

void require(llvm::Error error, const char* doing) {
  if (error) refuse(doing, llvm::toString(std::move(error)));
}

// On this thread: one of LLVM's own would have a stack that nobody chose, and a failure in it no way back.
std::unique_ptr<llvm::orc::ExecutorProcessControl> this_process() {
  return require(
      llvm::orc::SelfExecutorProcessControl::Create(nullptr, std::make_unique<llvm::orc::InPlaceTaskDispatcher>()),
      "start the code generator");
}

}  // namespace

void refuse(const char* doing, const std::string& reason) {
  throw Failure(ExitCode::system_refused,
                fmt::format("nnc: error: cannot {}: {}\n help: --interp runs without machine code, with the same bits",
                            doing, reason));
}

// No platform: there are no static initialisers, no exceptions, no symbols of the process.
struct LinkedCode::Session {
  llvm::orc::ExecutionSession session{this_process()};
  llvm::orc::ObjectLinkingLayer layer{session, session.getExecutorProcessControl().getMemMgr()};
  llvm::orc::JITDylib& code{session.createBareJITDylib("code")};

  // The layer gives back the code's memory, so it must still be there.
  ~Session() {
    if (llvm::Error error = session.endSession()) session.reportError(std::move(error));
  }
};

LinkedCode::LinkedCode(std::vector<std::unique_ptr<llvm::MemoryBuffer>> objects)
    : session_(std::make_unique<Session>()) {
  for (std::unique_ptr<llvm::MemoryBuffer>& object : objects)
    require(session_->layer.add(session_->code, std::move(object)), "add the module");
}

LinkedCode::~LinkedCode() = default;

void* LinkedCode::find(const char* name) {
  llvm::orc::ExecutionSession& session = session_->session;
  llvm::orc::ExecutorSymbolDef found =
      require(session.lookup({&session_->code}, session.intern(name)), "compile the module");
  return found.getAddress().toPtr<void*>();
}

}  // namespace nnc
