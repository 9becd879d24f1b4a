// Peer of `sinkflow bench`: the Euler flow of the value-softmax model under square loss, written by hand for the CPU at hand.
// A vector holds one number of LANES runs; a block of so many runs stays in a core's first cache for all its steps.
//   g++ -O3 -march=native -ffast-math -std=c++20 -pthread -DTOKENS=8 -DDIM=8 euler.cpp -o euler
//   ./euler STARTS RUNS THREADS
// STARTS is described in src/cli/peers.ts. First the known starts are followed and their losses compared; then every line
// on standard input, a number of steps, is answered with a rate in run-steps per second. Answers are lines of JSON.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#if defined(__AVX512F__)
constexpr int lanes = 16;
#elif defined(__AVX__)
constexpr int lanes = 8;
#else
constexpr int lanes = 4;
#endif
constexpr int tokens = TOKENS, dim = DIM;
typedef float Lanes __attribute__((vector_size(4 * lanes)));
typedef int32_t Whole __attribute__((vector_size(4 * lanes)));

// 2^t for t <= 0, to 1e-7: a polynomial (fitted for the least largest relative error) over half a binade to either side, then
// the exponent's bits.
static inline Lanes power_of_two(Lanes t) {
  t = t < -126.0f ? Lanes{} - 126.0f : t;
  Whole whole = __builtin_convertvector(t - 0.5f, Whole); // rounds towards 0
  Lanes f = t - __builtin_convertvector(whole, Lanes);
  Lanes y = f * 0.00132765f + 0.00967554f;
  y = y * f + 0.05550713f;
  y = y * f + 0.2402212f;
  y = y * f + 0.69314697f;
  y = y * f + 1.00000007f;
  Whole bits;
  memcpy(&bits, &y, sizeof bits);
  bits += whole << 23;
  memcpy(&y, &bits, sizeof y);
  return y;
}

struct Block {
  Lanes logits[tokens], values[tokens][dim], target[dim];
};

// Weights before they are divided by their sum, which is returned.
static inline Lanes weigh(const Lanes* logits, Lanes* weights) {
  Lanes largest = logits[0];
  for (int i = 1; i < tokens; i++) largest = logits[i] > largest ? logits[i] : largest;
  Lanes sum{};
  for (int i = 0; i < tokens; i++) {
    weights[i] = power_of_two((logits[i] - largest) * 1.44269504f);
    sum += weights[i];
  }
  return sum;
}

// The loss's gradient by the output: V p - target.
static inline void residual(const Block& b, const Lanes* weights, Lanes over_sum, Lanes* gradient) {
  for (int k = 0; k < dim; k++) {
    Lanes y{};
    for (int i = 0; i < tokens; i++) y += weights[i] * b.values[i][k];
    gradient[k] = y * over_sum - b.target[k];
  }
}

static void follow(Block& state, int64_t steps, float step) {
  Block b = state;
  for (int64_t t = 0; t < steps; t++) {
    Lanes weights[tokens], gradient[dim], pull[tokens], mean{};
    Lanes over_sum = 1.0f / weigh(b.logits, weights);
    residual(b, weights, over_sum, gradient);
    Lanes scale = over_sum * step;
    // A value is read once for the pull on its token, and moved.
    for (int i = 0; i < tokens; i++) {
      Lanes moved = weights[i] * scale, sum{};
      for (int k = 0; k < dim; k++) {
        sum += gradient[k] * b.values[i][k];
        b.values[i][k] -= moved * gradient[k];
      }
      mean += weights[i] * sum;
      pull[i] = sum;
      weights[i] = moved;
    }
    mean *= over_sum;
    for (int i = 0; i < tokens; i++) b.logits[i] -= weights[i] * (pull[i] - mean);
  }
  state = b;
}

static void follow_all(std::vector<Block>& blocks, int64_t steps, float step, int threads) {
  std::atomic<size_t> next{0};
  constexpr size_t portion = 8;
  auto work = [&] {
    for (size_t from; (from = next.fetch_add(portion)) < blocks.size();)
      for (size_t at = from; at < std::min(from + portion, blocks.size()); at++) follow(blocks[at], steps, step);
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; i++) others.emplace_back(work);
  work();
  for (auto& other : others) other.join();
}

struct Starts {
  int32_t tokens, dim, known, steps;
  float step;
  std::vector<float> words; // known times: logits, values (dim rows), target, loss after so many steps
};
constexpr int words_each = tokens + tokens * dim + dim + 1;

static std::vector<Block> blocks_of(const Starts& starts, int runs) {
  std::vector<Block> blocks((runs + lanes - 1) / lanes);
  for (size_t at = 0; at < blocks.size(); at++)
    for (int lane = 0; lane < lanes; lane++) {
      const float* w = &starts.words[(at * lanes + lane) % starts.known * words_each];
      for (int i = 0; i < tokens; i++) {
        blocks[at].logits[i][lane] = w[i];
        for (int k = 0; k < dim; k++) blocks[at].values[i][k][lane] = w[tokens + k * tokens + i];
      }
      for (int k = 0; k < dim; k++) blocks[at].target[k][lane] = w[tokens + tokens * dim + k];
    }
  return blocks;
}

// By its bits, since -ffast-math knows of no NaN.
static bool is_number(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (bits >> 52 & 0x7ff) != 0x7ff;
}

// How far the losses of the known starts are off, relative to what they should be, at worst.
static double check(const Starts& starts, int threads) {
  auto blocks = blocks_of(starts, starts.known);
  follow_all(blocks, starts.steps, starts.step, threads);
  double worst = 0;
  for (int run = 0; run < starts.known; run++) {
    const Block& b = blocks[run / lanes];
    Lanes weights[tokens], gradient[dim];
    residual(b, weights, 1.0f / weigh(b.logits, weights), gradient);
    double loss = 0;
    for (int k = 0; k < dim; k++) loss += 0.5 * double(gradient[k][run % lanes]) * gradient[k][run % lanes];
    double expected = starts.words[(run + 1) * words_each - 1];
    worst = std::max(worst, is_number(loss) ? std::abs(loss / expected - 1) : 1.0);
  }
  return worst;
}

int main(int count, char** args) {
  Starts starts;
  FILE* file = count == 4 ? fopen(args[1], "rb") : nullptr;
  if (!file || fread(&starts, 20, 1, file) != 1 || starts.tokens != tokens || starts.dim != dim) {
    fprintf(stderr, "expected STARTS RUNS THREADS, with starts of %d tokens and %d dimensions\n", tokens, dim);
    return 2;
  }
  starts.words.resize(size_t(starts.known) * words_each);
  if (fread(starts.words.data(), 4, starts.words.size(), file) != starts.words.size()) return 2;
  int runs = atoi(args[2]), threads = atoi(args[3]);
  printf("{\"worst\": %.3e, \"description\": \"%d lanes, %d threads\"}\n", check(starts, threads), lanes, threads);
  fflush(stdout);
  for (long long steps; scanf("%lld", &steps) == 1;) {
    auto blocks = blocks_of(starts, runs);
    auto began = std::chrono::steady_clock::now();
    follow_all(blocks, steps, starts.step, threads);
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    printf("{\"rate\": %.6e}\n", double(runs) * steps / seconds);
    fflush(stdout);
  }
}
