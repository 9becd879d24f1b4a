// What the peers in C++ and CUDA share: the starts file, the check of the known runs, and the answers. src/cli/peers.ts describes the file.
#pragma once
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

constexpr int tokens = TOKENS, dim = DIM;

struct Header {
  int32_t tokens, dim, known, until; // how many runs are known, and after how many steps, or until which time
  float step, atol;                  // the step, or where steps adapt rtol and atol
};

// A known run: its start, and what it should have come to.
struct Known {
  float logits[tokens], values[dim][tokens], target[dim];
  float first_step; // where steps adapt
  float loss, accepted, rejected;
};

struct Starts : Header {
  std::vector<Known> runs;

  const Known& of(size_t run) const { return runs[run % runs.size()]; }
};

// What following all runs took: seconds, and trials of steps, those of all runs together.
struct Work {
  double seconds, accepted, rejected;
};

// The end of a run: logit(i), value(i, k), and its trials.
struct End {
  double logits[tokens], values[tokens][dim], accepted, rejected;
};

static double loss_of(const Known& known, const End& end) {
  double weights[tokens], sum = 0, loss = 0;
  double largest = *std::max_element(end.logits, end.logits + tokens);
  for (int i = 0; i < tokens; i++) sum += weights[i] = std::exp(end.logits[i] - largest);
  for (int k = 0; k < dim; k++) {
    double g = -double(known.target[k]);
    for (int i = 0; i < tokens; i++) g += weights[i] / sum * end.values[i][k];
    loss += 0.5 * g * g;
  }
  return loss;
}

// By its bits, since -ffast-math knows of no NaN.
static bool is_number(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (bits >> 52 & 0x7ff) != 0x7ff;
}

// How the known runs differ from what they should be.
struct Deviation {
  double worst = 0; // of a loss, relative to it; 1 where it is no number
  int others = 0;   // runs with other numbers of accepted and rejected steps

  void add(const Known& known, const End& end) {
    double loss = loss_of(known, end);
    worst = std::max(worst, is_number(loss) ? std::abs(loss / known.loss - 1) : 1.0);
    others += end.accepted != known.accepted || end.rejected != known.rejected;
  }
};

// Seconds that something takes.
template <class Something>
static double seconds_of(Something something) {
  auto began = std::chrono::steady_clock::now();
  something();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

static int usage() {
  fprintf(stderr, "expected STARTS RUNS THREADS, with starts of %d tokens and %d dimensions\n", tokens, dim);
  return 2;
}

// Reads the starts, has the known ones checked, then answers every number on standard input: so many steps, or the time until which runs go.
// Answers are lines of JSON.
template <class Check, class Follow>
static int serve(int count, char** args, Check check, Follow follow) {
  Starts starts;
  FILE* file = count == 4 ? fopen(args[1], "rb") : nullptr;
  if (!file || fread(static_cast<Header*>(&starts), sizeof(Header), 1, file) != 1) return usage();
  if (starts.tokens != tokens || starts.dim != dim || starts.known < 1) return usage();
  starts.runs.resize(starts.known);
  if (fread(starts.runs.data(), sizeof(Known), starts.runs.size(), file) != starts.runs.size()) return usage();
  int runs = atoi(args[2]), threads = atoi(args[3]);
  std::string description;
  Deviation found = check(starts, threads, description);
  printf("{\"worst\": %.3e, \"others\": %d, \"description\": \"%s\"}\n", found.worst, found.others, description.c_str());
  fflush(stdout);
  for (long long until; scanf("%lld", &until) == 1;) {
    Work work = follow(starts, runs, threads, until);
    printf("{\"seconds\": %.6e, \"rate\": %.6e, \"accepted\": %.6g, \"rejected\": %.6g}\n", work.seconds,
           (work.accepted + work.rejected) / work.seconds, work.accepted / runs, work.rejected / runs);
    fflush(stdout);
  }
  return 0;
}
