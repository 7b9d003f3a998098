// A few threads that run numbered tasks, all of them before `run` returns.
//
// Which thread takes which task is open, so tasks must not depend on one another; their results are
// then the same whatever the number of workers. The caller works too: a pool of one starts no
// thread. An exception of a task is thrown by `run` once all have ended, the lowest-numbered first.
// Handing out costs two wake-ups and an atomic increment a task.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace delever {
inline namespace v1 {

class WorkerPool {
 public:
  explicit WorkerPool(std::uint32_t workers);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Runs task(0) .. task(count - 1).
  template <class Task>
  void run(std::uint32_t count, Task& task) {
    run_all(count, &task,
            [](void* context, std::uint32_t number) { (*static_cast<Task*>(context))(number); });
  }

 private:
  using Call = void (*)(void*, std::uint32_t);

  void run_all(std::uint32_t count, void* context, Call call);
  void take_tasks();
  void work();

  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable start_, done_;
  std::uint64_t round_ = 0;
  std::uint32_t busy_ = 0;
  bool stops_ = false;
  std::uint32_t count_ = 0;
  void* context_ = nullptr;
  Call call_ = nullptr;
  std::atomic<std::uint32_t> next_{0};
  std::vector<std::exception_ptr> failures_;
};

}  // namespace v1
}  // namespace delever
