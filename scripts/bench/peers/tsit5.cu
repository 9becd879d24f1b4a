// Peer of `sinkflow bench`: the adaptive flow of tsit5.h, for a CUDA GPU. A run is one thread or several neighboring ones with its tokens dealt over
// them, its state in their registers until it ends; of 1, 2, 4 and 8 threads a run the fastest is taken.
//   nvcc -O3 -arch=native -use_fast_math -std=c++17 -DTOKENS=8 -DDIM=8 tsit5.cu -o tsit5
//   ./tsit5 STARTS RUNS THREADS
// starts.h says how it is checked, asked and answers. Registers: -arch=sm_90 -Xptxas -v.
#include "device.cuh"

static __device__ float exp_of(float x) { return __expf(x); }
static __device__ float exp2_of(float x) { return exp2f(x); }
static __device__ float log2_of(float x) { return __log2f(x); }
static __device__ float root_of(float x) { return sqrtf(x); }
static __device__ bool is_finite(float x) { return (__float_as_uint(x) & 0x7f800000) != 0x7f800000; }
static __device__ float number_of(double x) { return float(x); }
static __device__ double time_of(float x) { return x; }

#include "tsit5.h"

template <int lanes>
__global__ void follow(Arrays arrays, float end, float rtol, float atol) {
  constexpr int here = tokens / lanes;
  int thread = blockIdx.x * blockDim.x + threadIdx.x, lane = thread % lanes;
  size_t runs = arrays.runs, run = thread / lanes < runs ? thread / lanes : runs - 1; // all threads exchange numbers
  Flow<float, double, int, here, Threads<lanes>> flow;
#pragma unroll
  for (int i = 0; i < here; i++) {
    size_t token = i * lanes + lane;
    flow.logits[i] = arrays.logits[token * runs + run];
#pragma unroll
    for (int k = 0; k < dim; k++) flow.values[i][k] = arrays.values[(token * dim + k) * runs + run];
  }
#pragma unroll
  for (int k = 0; k < dim; k++) flow.target[k] = arrays.target[k * runs + run];
  flow.step = arrays.step[run];
  flow.accepted = flow.rejected = 0;
  flow.follow(end, rtol, atol);
  if (thread / lanes >= runs) return;
#pragma unroll
  for (int i = 0; i < here; i++) {
    size_t token = i * lanes + lane;
    arrays.logits[token * runs + run] = flow.logits[i];
#pragma unroll
    for (int k = 0; k < dim; k++) arrays.values[(token * dim + k) * runs + run] = flow.values[i][k];
  }
  arrays.accepted[run] = flow.accepted;
  arrays.rejected[run] = flow.rejected;
}

struct Tsit5 {
  static constexpr int64_t trial = 100; // time by which the fastest is found
  template <int lanes>
  static void launch(Ensemble& ensemble, const Starts& starts, int64_t end, unsigned blocks) {
    follow<lanes><<<blocks, threads_a_block>>>(ensemble, end, starts.step, starts.atol);
  }
};

int main(int count, char** args) { return serve(count, args, Service<Tsit5>::check, Service<Tsit5>::follow); }
