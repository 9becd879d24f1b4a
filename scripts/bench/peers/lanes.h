// Vectors of the CPU at hand: a vector holds one number of LANES runs. What it has no instruction for is made here.
#pragma once
#include <atomic>
#include <thread>
#include "starts.h"

#if defined(__AVX512F__)
constexpr int lanes = 16;
#elif defined(__AVX__)
constexpr int lanes = 8;
#else
constexpr int lanes = 4;
#endif
typedef float Lanes __attribute__((vector_size(4 * lanes)));
typedef int32_t Whole __attribute__((vector_size(4 * lanes)));

static inline Whole bits_of(Lanes x) {
  Whole bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static inline Lanes of_bits(Whole bits) {
  Lanes x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

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
  return of_bits(bits_of(y) + (whole << 23));
}

// Does something with each block, on so many threads that take portions of them.
template <class Block, class Something>
static void each_block(std::vector<Block>& blocks, int threads, Something something) {
  std::atomic<size_t> next{0};
  constexpr size_t portion = 8;
  auto work = [&] {
    for (size_t from; (from = next.fetch_add(portion)) < blocks.size();)
      for (size_t at = from; at < std::min(from + portion, blocks.size()); at++) something(blocks[at]);
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; i++) others.emplace_back(work);
  work();
  for (auto& other : others) other.join();
}

// A block has arrays logits, values and target of vectors.
template <class Block>
static std::vector<Block> blocks_of(const Starts& starts, size_t runs) {
  std::vector<Block> blocks((runs + lanes - 1) / lanes);
  for (size_t at = 0; at < blocks.size(); at++)
    for (int lane = 0; lane < lanes; lane++) {
      const Known& known = starts.of(at * lanes + lane);
      for (int i = 0; i < tokens; i++) {
        blocks[at].logits[i][lane] = known.logits[i];
        for (int k = 0; k < dim; k++) blocks[at].values[i][k][lane] = known.values[k][i];
      }
      for (int k = 0; k < dim; k++) blocks[at].target[k][lane] = known.target[k];
    }
  return blocks;
}

// The state of a run in its block.
template <class Block>
static End end_of(const Block& block, int lane) {
  End end{};
  for (int i = 0; i < tokens; i++) {
    end.logits[i] = block.logits[i][lane];
    for (int k = 0; k < dim; k++) end.values[i][k] = block.values[i][k][lane];
  }
  return end;
}
