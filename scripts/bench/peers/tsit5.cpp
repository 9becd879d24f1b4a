// Peer of `sinkflow bench`: the adaptive flow of tsit5.h, for the CPU at hand. A vector holds one number of as many runs as it has lanes; they
// go on until the last of them is done.
//   g++ -O3 -march=native -ffast-math -std=c++20 -pthread -DTOKENS=8 -DDIM=8 tsit5.cpp -o tsit5
//   ./tsit5 STARTS RUNS THREADS
// starts.h says how it is checked, asked and answers.
#include "lanes.h"

typedef double Times __attribute__((vector_size(8 * lanes)));

static inline Lanes exp_of(Lanes x) { return power_of_two(x * 1.44269504f); }
static inline Lanes exp2_of(Lanes x) {
  // By parts, since power_of_two takes no number above 0.
  Lanes high = x > 0.0f ? x : Lanes{}, low = x > 0.0f ? Lanes{} : x;
  return power_of_two(low) / power_of_two(-high);
}

// log2 of a positive number, to 1e-6: of its part in [0.7, 1.4], 2 atanh(s) with s = (x - 1)/(x + 1), by a series.
static inline Lanes log2_of(Lanes x) {
  Whole bits = bits_of(x) - 0x3f3504f3; // of the root of a half
  Whole exponent = bits >> 23;
  Lanes part = of_bits((bits & 0x7fffff) + 0x3f3504f3);
  Lanes s = (part - 1.0f) / (part + 1.0f), t = s * s;
  Lanes series = 1.0f + t * (1.0f / 3 + t * (1.0f / 5 + t * (1.0f / 7 + t * (1.0f / 9))));
  return __builtin_convertvector(exponent, Lanes) + 2.88539008f * s * series;
}

static inline Lanes root_of(Lanes x) {
  Lanes root;
  for (int lane = 0; lane < lanes; lane++) root[lane] = std::sqrt(x[lane]);
  return root;
}

static inline Whole is_finite(Lanes x) { return (bits_of(x) & 0x7f800000) != 0x7f800000; }
static inline Lanes number_of(const Times& x) { return __builtin_convertvector(x, Lanes); }
static inline Times time_of(Lanes x) { return __builtin_convertvector(x, Times); }

#include "tsit5.h"

// The tokens of a run are in one thread.
struct Alone {
  static Lanes sum(Lanes x) { return x; }
  static Lanes most(Lanes x) { return x; }
  static bool any(Whole x) {
    int32_t found = 0;
    for (int lane = 0; lane < lanes; lane++) found |= x[lane];
    return found != 0;
  }
};

using Block = Flow<Lanes, Times, Whole, tokens, Alone>;

static void follow_blocks(std::vector<Block>& blocks, const Starts& starts, int threads, float end) {
  each_block(blocks, threads, [&](Block& block) { block.follow(end, starts.step, starts.atol); });
}

static std::vector<Block> begin(const Starts& starts, size_t runs) {
  auto blocks = blocks_of<Block>(starts, runs);
  for (size_t at = 0; at < blocks.size(); at++)
    for (int lane = 0; lane < lanes; lane++) blocks[at].step[lane] = starts.of(at * lanes + lane).first_step;
  return blocks;
}

static Deviation check(const Starts& starts, int threads, std::string& description) {
  auto blocks = begin(starts, starts.known);
  follow_blocks(blocks, starts, threads, starts.until);
  Deviation found;
  for (int run = 0; run < starts.known; run++) {
    const Block& block = blocks[run / lanes];
    End end = end_of(block, run % lanes);
    end.accepted = block.accepted[run % lanes];
    end.rejected = block.rejected[run % lanes];
    found.add(starts.of(run), end);
  }
  description = std::to_string(lanes) + " lanes, " + std::to_string(threads) + " threads";
  return found;
}

static Work follow_all(const Starts& starts, int runs, int threads, int64_t until) {
  auto blocks = begin(starts, runs);
  Work work{};
  work.seconds = seconds_of([&] { follow_blocks(blocks, starts, threads, until); });
  for (int run = 0; run < runs; run++) {
    work.accepted += blocks[run / lanes].accepted[run % lanes];
    work.rejected += blocks[run / lanes].rejected[run % lanes];
  }
  return work;
}

int main(int count, char** args) { return serve(count, args, check, follow_all); }
