// Peer of `sinkflow bench`: the Euler flow of the value-softmax model under square loss, written by hand for a CUDA GPU.
// A run is one thread or several neighboring ones with its tokens dealt over them, its state in their registers for all steps;
// of 1, 2, 4 and 8 threads a run the fastest is taken.
//   nvcc -O3 -arch=native -use_fast_math -std=c++17 -DTOKENS=8 -DDIM=8 euler.cu -o euler
//   ./euler STARTS RUNS THREADS
// starts.h says how it is checked, asked and answers.
#include "device.cuh"

template <int lanes>
__global__ void follow(Arrays arrays, int64_t steps, float step) {
  constexpr int here = tokens / lanes;
  int thread = blockIdx.x * blockDim.x + threadIdx.x, lane = thread % lanes;
  size_t run = thread / lanes, runs = arrays.runs;
  if (run >= runs) return;
  float a[here], v[here][dim], y[dim];
#pragma unroll
  for (int i = 0; i < here; i++) {
    size_t token = i * lanes + lane;
    a[i] = arrays.logits[token * runs + run];
#pragma unroll
    for (int k = 0; k < dim; k++) v[i][k] = arrays.values[(token * dim + k) * runs + run];
  }
#pragma unroll
  for (int k = 0; k < dim; k++) y[k] = arrays.target[k * runs + run];
  for (int64_t t = 0; t < steps; t++) {
    float largest = a[0], sum = 0, weights[here], gradient[dim] = {};
#pragma unroll
    for (int i = 1; i < here; i++) largest = fmaxf(largest, a[i]);
    largest = Threads<lanes>::most(largest);
#pragma unroll
    for (int i = 0; i < here; i++) {
      weights[i] = __expf(a[i] - largest);
      sum += weights[i];
#pragma unroll
      for (int k = 0; k < dim; k++) gradient[k] += weights[i] * v[i][k];
    }
    float over_sum = __frcp_rn(Threads<lanes>::sum(sum)), scale = step * over_sum, mean = 0, pull[here];
#pragma unroll
    for (int k = 0; k < dim; k++) gradient[k] = Threads<lanes>::sum(gradient[k]) * over_sum - y[k];
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
    mean = Threads<lanes>::sum(mean) * over_sum;
#pragma unroll
    for (int i = 0; i < here; i++) a[i] -= weights[i] * (pull[i] - mean);
  }
#pragma unroll
  for (int i = 0; i < here; i++) {
    size_t token = i * lanes + lane;
    arrays.logits[token * runs + run] = a[i];
#pragma unroll
    for (int k = 0; k < dim; k++) arrays.values[(token * dim + k) * runs + run] = v[i][k];
  }
  arrays.accepted[run] = steps;
}

struct Euler {
  static constexpr int64_t trial = 1000; // steps by which the fastest is found
  template <int lanes>
  static void launch(Ensemble& ensemble, const Starts& starts, int64_t steps, unsigned blocks) {
    follow<lanes><<<blocks, threads_a_block>>>(ensemble, steps, starts.step);
  }
};

int main(int count, char** args) { return serve(count, args, Service<Euler>::check, Service<Euler>::follow); }
