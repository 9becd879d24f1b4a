// Peer of `sinkflow bench`: the Euler flow of the value-softmax model under square loss, written by hand for a CUDA GPU.
// A run is one thread or several neighboring ones with its tokens dealt over them, its state in their registers for all steps;
// of 1, 2, 4 and 8 threads a run the fastest is taken.
//   nvcc -O3 -arch=native -use_fast_math -std=c++17 -DTOKENS=8 -DDIM=8 euler.cu -o euler
//   ./euler STARTS RUNS
// STARTS is described in src/cli/peers.ts. First the known starts are followed and their losses compared; then every line
// on standard input, a number of steps, is answered with a rate in run-steps per second. Answers are lines of JSON.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

constexpr int tokens = TOKENS, dim = DIM;
constexpr int words_each = tokens + tokens * dim + dim + 1;
constexpr int threads_a_block = 64;

static void must(cudaError_t status) {
  if (status == cudaSuccess) return;
  fprintf(stderr, "CUDA: %s\n", cudaGetErrorString(status));
  exit(1);
}

template <int lanes>
__device__ float sum_of_lanes(float x) {
#pragma unroll
  for (int distance = 1; distance < lanes; distance *= 2) x += __shfl_xor_sync(0xffffffff, x, distance);
  return x;
}

template <int lanes>
__device__ float most_of_lanes(float x) {
#pragma unroll
  for (int distance = 1; distance < lanes; distance *= 2) x = fmaxf(x, __shfl_xor_sync(0xffffffff, x, distance));
  return x;
}

// Arrays are [component][run]; values token by token.
template <int lanes>
__global__ void follow(float* logits, float* values, const float* target, int runs, int64_t steps, float step) {
  constexpr int here = tokens / lanes;
  int thread = blockIdx.x * blockDim.x + threadIdx.x, lane = thread % lanes;
  size_t run = thread / lanes;
  if (run >= runs) return;
  float a[here], v[here][dim], y[dim];
#pragma unroll
  for (int i = 0; i < here; i++) {
    size_t token = i * lanes + lane;
    a[i] = logits[token * runs + run];
#pragma unroll
    for (int k = 0; k < dim; k++) v[i][k] = values[(token * dim + k) * runs + run];
  }
#pragma unroll
  for (int k = 0; k < dim; k++) y[k] = target[k * size_t(runs) + run];
  for (int64_t t = 0; t < steps; t++) {
    float largest = a[0], sum = 0, weights[here], gradient[dim] = {};
#pragma unroll
    for (int i = 1; i < here; i++) largest = fmaxf(largest, a[i]);
    largest = most_of_lanes<lanes>(largest);
#pragma unroll
    for (int i = 0; i < here; i++) {
      weights[i] = __expf(a[i] - largest);
      sum += weights[i];
#pragma unroll
      for (int k = 0; k < dim; k++) gradient[k] += weights[i] * v[i][k];
    }
    float over_sum = __frcp_rn(sum_of_lanes<lanes>(sum)), scale = step * over_sum, mean = 0, pull[here];
#pragma unroll
    for (int k = 0; k < dim; k++) gradient[k] = sum_of_lanes<lanes>(gradient[k]) * over_sum - y[k];
#pragma unroll
    for (int i = 0; i < here; i++) {
      float moved = weights[i] * scale, dot = 0;
#pragma unroll
      for (int k = 0; k < dim; k++) {
        dot += gradient[k] * v[i][k];
        v[i][k] -= moved * gradient[k];
      }
      pull[i] = dot;
      mean += weights[i] * dot;
      weights[i] = moved;
    }
    mean = sum_of_lanes<lanes>(mean) * over_sum;
#pragma unroll
    for (int i = 0; i < here; i++) a[i] -= weights[i] * (pull[i] - mean);
  }
#pragma unroll
  for (int i = 0; i < here; i++) {
    size_t token = i * lanes + lane;
    logits[token * runs + run] = a[i];
#pragma unroll
    for (int k = 0; k < dim; k++) values[(token * dim + k) * runs + run] = v[i][k];
  }
}

struct Starts {
  int32_t tokens, dim, known, steps;
  float step;
  std::vector<float> words; // known times: logits, values (dim rows), target, loss after so many steps
};

// The state of so many runs on the device.
struct Ensemble {
  int runs;
  float *logits, *values, *target;

  Ensemble(const Starts& starts, int runs) : runs(runs) {
    std::vector<float> a(size_t(runs) * tokens), v(a.size() * dim), y(size_t(runs) * dim);
    for (size_t run = 0; run < runs; run++) {
      const float* w = &starts.words[run % starts.known * words_each];
      for (int i = 0; i < tokens; i++) {
        a[i * size_t(runs) + run] = w[i];
        for (int k = 0; k < dim; k++) v[(i * dim + k) * size_t(runs) + run] = w[tokens + k * tokens + i];
      }
      for (int k = 0; k < dim; k++) y[k * size_t(runs) + run] = w[tokens + tokens * dim + k];
    }
    logits = on_device(a);
    values = on_device(v);
    target = on_device(y);
  }

  ~Ensemble() {
    for (float* part : {logits, values, target}) cudaFree(part);
  }

  static float* on_device(const std::vector<float>& words) {
    float* copy;
    must(cudaMalloc(&copy, words.size() * sizeof(float)));
    must(cudaMemcpy(copy, words.data(), words.size() * sizeof(float), cudaMemcpyHostToDevice));
    return copy;
  }

  std::vector<float> from_device(const float* part, size_t length) const {
    std::vector<float> words(length * runs);
    must(cudaMemcpy(words.data(), part, words.size() * sizeof(float), cudaMemcpyDeviceToHost));
    return words;
  }

  // Seconds that so many steps of all runs take.
  double follow_all(int lanes, int64_t steps, float step) {
    int blocks = (int64_t(runs) * lanes + threads_a_block - 1) / threads_a_block;
    must(cudaDeviceSynchronize());
    auto began = std::chrono::steady_clock::now();
    auto kernel = lanes == 1 ? follow<1> : lanes == 2 ? follow<2> : lanes == 4 ? follow<4> : follow<8>;
    kernel<<<blocks, threads_a_block>>>(logits, values, target, runs, steps, step);
    must(cudaGetLastError());
    must(cudaDeviceSynchronize());
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  }
};

// How far the losses of the known starts are off, relative to what they should be, at worst.
static double check(const Starts& starts, int lanes) {
  Ensemble ensemble(starts, starts.known);
  ensemble.follow_all(lanes, starts.steps, starts.step);
  auto a = ensemble.from_device(ensemble.logits, tokens), v = ensemble.from_device(ensemble.values, tokens * dim);
  double worst = 0;
  for (int run = 0; run < starts.known; run++) {
    auto logit = [&](int i) { return double(a[size_t(i) * starts.known + run]); };
    const float* w = &starts.words[size_t(run) * words_each];
    double weights[tokens], sum = 0, loss = 0;
    for (int i = 0; i < tokens; i++) sum += weights[i] = std::exp(logit(i));
    for (int k = 0; k < dim; k++) {
      double g = -w[tokens + tokens * dim + k];
      for (int i = 0; i < tokens; i++) g += weights[i] / sum * v[(size_t(i) * dim + k) * starts.known + run];
      loss += 0.5 * g * g;
    }
    double off = std::abs(loss / w[words_each - 1] - 1);
    if (std::isnan(off)) return off;
    worst = std::max(worst, off);
  }
  return worst;
}

// How many threads a run are the fastest.
static int fastest(const Starts& starts, int runs) {
  Ensemble trial(starts, runs);
  trial.follow_all(1, 100, starts.step); // warms up
  int lanes = 1;
  double least = INFINITY;
  for (int each : {1, 2, 4, 8}) {
    double seconds = trial.follow_all(each, 1000, starts.step);
    if (seconds >= least) continue;
    least = seconds;
    lanes = each;
  }
  return lanes;
}

int main(int count, char** args) {
  Starts starts;
  FILE* file = count >= 3 ? fopen(args[1], "rb") : nullptr;
  if (!file || fread(&starts, 20, 1, file) != 1 || starts.tokens != tokens || starts.dim != dim) {
    fprintf(stderr, "expected STARTS RUNS, with starts of %d tokens and %d dimensions\n", tokens, dim);
    return 2;
  }
  starts.words.resize(size_t(starts.known) * words_each);
  if (fread(starts.words.data(), 4, starts.words.size(), file) != starts.words.size()) return 2;
  cudaDeviceProp device;
  if (cudaError_t status = cudaGetDeviceProperties(&device, 0); status != cudaSuccess) {
    printf("{\"absent\": \"CUDA: %s\"}\n", cudaGetErrorString(status));
    return 0;
  }
  int runs = atoi(args[2]), lanes = 0;
  double worst = 0;
  for (int each : {1, 2, 4, 8}) {
    double off = check(starts, each);
    if (std::isnan(off) || off > worst) worst = off;
    if (std::isnan(worst)) break;
  }
  if (std::isnan(worst)) printf("{\"absent\": \"CUDA: it computes no number\"}\n");
  else printf("{\"worst\": %.3e, \"description\": \"%s\"}\n", worst, device.name);
  fflush(stdout);
  for (long long steps; scanf("%lld", &steps) == 1;) {
    if (lanes == 0) lanes = fastest(starts, runs); // now that nothing else is on the device
    Ensemble ensemble(starts, runs);
    printf("{\"rate\": %.6e}\n", double(runs) * steps / ensemble.follow_all(lanes, steps, starts.step));
    fflush(stdout);
  }
}
