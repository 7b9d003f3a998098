#include "sim/worker_pool.hpp"

namespace delever {
inline namespace v1 {

WorkerPool::WorkerPool(std::uint32_t workers) {
  for (std::uint32_t i = 1; i < workers; ++i) threads_.emplace_back([this] { work(); });
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  start_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::run_all(std::uint32_t count, void* context, Call call) {
  {
    const std::lock_guard lock(mutex_);
    count_ = count;
    context_ = context;
    call_ = call;
    next_ = 0;
    failures_.assign(count, nullptr);
    busy_ = static_cast<std::uint32_t>(threads_.size());
    ++round_;
  }
  start_.notify_all();
  take_tasks();
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return busy_ == 0; });
  for (const std::exception_ptr& failure : failures_) {
    if (failure) std::rethrow_exception(failure);
  }
}

void WorkerPool::take_tasks() {
  for (std::uint32_t number = next_++; number < count_; number = next_++) {
    try {
      call_(context_, number);
    } catch (...) {
      failures_[number] = std::current_exception();
    }
  }
}

void WorkerPool::work() {
  std::uint64_t seen = 0;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      start_.wait(lock, [&] { return stops_ || round_ != seen; });
      if (stops_) return;
      seen = round_;
    }
    take_tasks();
    const std::lock_guard lock(mutex_);
    if (--busy_ == 0) done_.notify_one();
  }
}

}  // namespace v1
}  // namespace delever
