// What the peers in CUDA share: sums over the threads of a run, arrays on the device, and the choice of how many threads a run has.
#pragma once
#include "starts.h"

constexpr int threads_a_block = 64;

static void must(cudaError_t status) {
  if (status == cudaSuccess) return;
  fprintf(stderr, "CUDA: %s\n", cudaGetErrorString(status));
  exit(1);
}

// So many neighboring threads share a run; its tokens are dealt over them in turn.
template <int lanes>
struct Threads {
  static __device__ float sum(float x) {
#pragma unroll
    for (int distance = 1; distance < lanes; distance *= 2) x += __shfl_xor_sync(0xffffffff, x, distance);
    return x;
  }
  static __device__ float most(float x) {
#pragma unroll
    for (int distance = 1; distance < lanes; distance *= 2) x = fmaxf(x, __shfl_xor_sync(0xffffffff, x, distance));
    return x;
  }
  // Of all threads that exchange numbers.
  static __device__ bool any(bool x) { return lanes == 1 ? x : __any_sync(0xffffffff, x); }
};

// Arrays are [component][run]; values token by token.
struct Arrays {
  size_t runs;
  float *logits, *values, *target, *step; // the first step, where steps adapt
  int *accepted, *rejected;
};

// The state of so many runs on the device.
struct Ensemble : Arrays {
  Ensemble(const Starts& starts, size_t count) {
    runs = count;
    std::vector<float> a(runs * tokens), v(a.size() * dim), y(runs * dim), first(runs);
    for (size_t run = 0; run < runs; run++) {
      const Known& known = starts.of(run);
      for (int i = 0; i < tokens; i++) {
        a[i * runs + run] = known.logits[i];
        for (int k = 0; k < dim; k++) v[(i * dim + k) * runs + run] = known.values[k][i];
      }
      for (int k = 0; k < dim; k++) y[k * runs + run] = known.target[k];
      first[run] = known.first_step;
    }
    std::vector<int> none(runs);
    logits = on_device(a);
    values = on_device(v);
    target = on_device(y);
    step = on_device(first);
    accepted = on_device(none);
    rejected = on_device(none);
  }
  Ensemble(const Ensemble&) = delete;

  ~Ensemble() {
    for (float* part : {logits, values, target, step}) cudaFree(part);
    for (int* part : {accepted, rejected}) cudaFree(part);
  }

  template <class Word>
  static Word* on_device(const std::vector<Word>& words) {
    Word* copy;
    must(cudaMalloc(&copy, words.size() * sizeof(Word)));
    must(cudaMemcpy(copy, words.data(), words.size() * sizeof(Word), cudaMemcpyHostToDevice));
    return copy;
  }

  template <class Word>
  std::vector<Word> from_device(const Word* part, size_t length) const {
    std::vector<Word> words(length * runs);
    must(cudaMemcpy(words.data(), part, words.size() * sizeof(Word), cudaMemcpyDeviceToHost));
    return words;
  }

  std::vector<End> ends() const {
    auto a = from_device(logits, tokens), v = from_device(values, tokens * dim);
    auto kept = from_device(accepted, 1), thrown = from_device(rejected, 1);
    std::vector<End> ends(runs);
    for (size_t run = 0; run < runs; run++) {
      End& end = ends[run];
      for (int i = 0; i < tokens; i++) {
        end.logits[i] = a[i * runs + run];
        for (int k = 0; k < dim; k++) end.values[i][k] = v[(i * dim + k) * runs + run];
      }
      end.accepted = kept[run];
      end.rejected = thrown[run];
    }
    return ends;
  }
};

// A peer: Peer::launch<lanes>(ensemble, starts, until, blocks) starts its kernel, which also counts the steps.
template <class Peer>
struct Service {
  static double seconds(int lanes, Ensemble& ensemble, const Starts& starts, int64_t until) {
    unsigned blocks = (ensemble.runs * lanes + threads_a_block - 1) / threads_a_block;
    must(cudaDeviceSynchronize());
    return seconds_of([&] {
      auto launch = lanes == 1 ? Peer::template launch<1> : lanes == 2 ? Peer::template launch<2> : lanes == 4 ? Peer::template launch<4> : Peer::template launch<8>;
      launch(ensemble, starts, until, blocks);
      must(cudaGetLastError());
      must(cudaDeviceSynchronize());
    });
  }

  static Deviation check(const Starts& starts, int, std::string& description) {
    cudaDeviceProp device;
    if (cudaError_t status = cudaGetDeviceProperties(&device, 0); status != cudaSuccess) {
      printf("{\"absent\": \"CUDA: %s\"}\n", cudaGetErrorString(status));
      exit(0);
    }
    Deviation worst;
    for (int lanes : {1, 2, 4, 8}) {
      Ensemble ensemble(starts, starts.known);
      seconds(lanes, ensemble, starts, starts.until);
      Deviation found;
      std::vector<End> ends = ensemble.ends();
      for (size_t run = 0; run < ends.size(); run++) found.add(starts.of(run), ends[run]);
      worst.worst = std::max(worst.worst, found.worst);
      worst.others = std::max(worst.others, found.others);
    }
    description = device.name;
    return worst;
  }

  static Work follow(const Starts& starts, int runs, int, int64_t until) {
    static const int lanes = fastest(starts, runs); // now that nothing else is on the device
    Ensemble ensemble(starts, runs);
    Work work{seconds(lanes, ensemble, starts, until), 0, 0};
    for (int count : ensemble.from_device(ensemble.accepted, 1)) work.accepted += count;
    for (int count : ensemble.from_device(ensemble.rejected, 1)) work.rejected += count;
    return work;
  }

  // How many threads a run are the fastest.
  static int fastest(const Starts& starts, int runs) {
    double least = INFINITY;
    int best = 1;
    for (bool warm : {false, true})
      for (int lanes : {1, 2, 4, 8}) {
        Ensemble ensemble(starts, runs);
        double took = seconds(lanes, ensemble, starts, Peer::trial);
        if (!warm || took >= least) continue;
        least = took;
        best = lanes;
      }
    return best;
  }
};
