// Peer of `sinkflow bench`: the Euler flow of the value-softmax model under square loss, written by hand for the CPU at hand.
// A block of as many runs as a vector has lanes stays in a core's first cache for all its steps.
//   g++ -O3 -march=native -ffast-math -std=c++20 -pthread -DTOKENS=8 -DDIM=8 euler.cpp -o euler
//   ./euler STARTS RUNS THREADS
// starts.h says how it is checked, asked and answers.
#include "lanes.h"

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

static Deviation check(const Starts& starts, int threads, std::string& description) {
  auto blocks = blocks_of<Block>(starts, starts.known);
  each_block(blocks, threads, [&](Block& block) { follow(block, starts.until, starts.step); });
  Deviation found;
  for (int run = 0; run < starts.known; run++) {
    End end = end_of(blocks[run / lanes], run % lanes);
    end.accepted = starts.until;
    found.add(starts.of(run), end);
  }
  description = std::to_string(lanes) + " lanes, " + std::to_string(threads) + " threads";
  return found;
}

static Work follow_all(const Starts& starts, int runs, int threads, int64_t steps) {
  auto blocks = blocks_of<Block>(starts, runs);
  double seconds = seconds_of([&] { each_block(blocks, threads, [&](Block& block) { follow(block, steps, starts.step); }); });
  return {seconds, double(runs) * steps, 0};
}

int main(int count, char** args) { return serve(count, args, check, follow_all); }
