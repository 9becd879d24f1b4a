// The flow of the value-softmax model under square loss by Tsitouras's method of order 5, with steps that adapt, written by hand once for CUDA and for
// vectors of a CPU. No event is looked for, and nothing is recorded.
//
// The slope of V is -g p^T at every stage, so stages are kept as p and g, and V is read as it was at the beginning of the step: at a state moved by
// -h sum_l c_l g_l p_l^T,  V w = V0 w - h sum_l c_l (p_l.w) g_l  and  V^T x = V0^T x - h sum_l c_l (g_l.x) p_l.
// Steps are controlled as in src/model/integrators.ts (`control`), in the norm of src/reference/control.ts.
//
// Number is one number of a run, or of as many runs as a vector has lanes; Group has sums and maxima over the `here` tokens of each thread
// of a run. Beside these a file that includes this one defines, for Number: exp_of, log2_of, exp2_of, root_of, is_finite, any.
#pragma once
#include "starts.h"

#ifdef __CUDACC__
#define EVERYWHERE __host__ __device__ __forceinline__
#define UNROLL _Pragma("unroll")
#else
#define EVERYWHERE inline
#define UNROLL
#endif

constexpr int stages = 7;

// Weight of the slope of stage l in the state of stage j. The last stage is the end of the step.
EVERYWHERE float stage_weight(int j, int l) {
  constexpr float weights[stages][stages - 1] = {
      {},
      {0.161f},
      {-0.008480655492356989f, 0.335480655492357f},
      {2.8971530571054935f, -6.359448489975075f, 4.3622954328695815f},
      {5.325864828439257f, -11.748883564062828f, 7.4955393428898365f, -0.09249506636175525f},
      {5.86145544294642f, -12.92096931784711f, 8.159367898576159f, -0.071584973281401f, -0.028269050394068383f},
      {0.09646076681806523f, 0.01f, 0.4798896504144996f, 1.379008574103742f, -3.290069515436081f, 2.324710524099774f},
  };
  return weights[j][l];
}

// Weight of the slope of stage l in the estimated error.
EVERYWHERE float error_weight(int l) {
  constexpr float weights[stages] = {-0.00178001105222577714f, -0.0008164344596567469f, 0.007880878010261995f, -0.1447110071732629f,
                                     0.5823571654525552f,      -0.45808210592918697f,   1.0f / 66.0f};
  return weights[l];
}

template <class Number, class Time, class Count, int here, class Group>
struct Flow {
  struct Stage {
    Number p[here], g[dim], slope[here]; // a' = -slope
  };
  Number logits[here], values[here][dim], target[dim];
  Number step; // length of the next trial
  Count accepted, rejected;

  // Stage j of a step of h, from those before it.
  template <int j>
  EVERYWHERE void take(Stage* s, Number h) const {
    Number moves[stages], z[here];
    UNROLL for (int l = 0; l < j; l++) moves[l] = h * stage_weight(j, l);
    UNROLL for (int i = 0; i < here; i++) {
      z[i] = logits[i];
      UNROLL for (int l = 0; l < j; l++) z[i] -= moves[l] * s[l].slope[i];
    }
    Number largest = z[0];
    UNROLL for (int i = 1; i < here; i++) largest = z[i] > largest ? z[i] : largest;
    largest = Group::most(largest);
    Number(&p)[here] = s[j].p;
    Number(&g)[dim] = s[j].g;
    Number sum{};
    UNROLL for (int i = 0; i < here; i++) {
      p[i] = exp_of(z[i] - largest);
      sum += p[i];
    }
    Number over_sum = 1.0f / Group::sum(sum);
    UNROLL for (int i = 0; i < here; i++) p[i] *= over_sum;
    UNROLL for (int k = 0; k < dim; k++) {
      g[k] = Number{};
      UNROLL for (int i = 0; i < here; i++) g[k] += p[i] * values[i][k];
    }
    UNROLL for (int l = 0; l < j; l++) {
      Number overlap{};
      UNROLL for (int i = 0; i < here; i++) overlap += s[l].p[i] * p[i];
      overlap *= moves[l];
      UNROLL for (int k = 0; k < dim; k++) g[k] -= overlap * s[l].g[k];
    }
    UNROLL for (int k = 0; k < dim; k++) g[k] = Group::sum(g[k]) - target[k];
    Number pull[here], mean{};
    UNROLL for (int i = 0; i < here; i++) {
      pull[i] = Number{};
      UNROLL for (int k = 0; k < dim; k++) pull[i] += values[i][k] * g[k];
    }
    UNROLL for (int l = 0; l < j; l++) {
      Number overlap{};
      UNROLL for (int k = 0; k < dim; k++) overlap += s[l].g[k] * g[k];
      overlap *= moves[l];
      UNROLL for (int i = 0; i < here; i++) pull[i] -= overlap * s[l].p[i];
    }
    UNROLL for (int i = 0; i < here; i++) mean += p[i] * pull[i];
    mean = Group::sum(mean);
    UNROLL for (int i = 0; i < here; i++) s[j].slope[i] = p[i] * (pull[i] - mean);
  }

  // Root mean square of the estimated error of a step over its scale.
  EVERYWHERE Number error(const Stage* s, Number h, float rtol, float atol) const {
    Number moves[stages], sum{};
    UNROLL for (int l = 0; l < stages; l++) moves[l] = h * error_weight(l);
    UNROLL for (int i = 0; i < here; i++) {
      Number moved[stages], off{}, square{}, squares{};
      UNROLL for (int l = 0; l < stages; l++) moved[l] = moves[l] * s[l].p[i];
      UNROLL for (int k = 0; k < dim; k++) {
        Number e{};
        UNROLL for (int l = 0; l < stages; l++) e += moved[l] * s[l].g[k];
        squares += e * e;
        square += values[i][k] * values[i][k];
      }
      UNROLL for (int l = 0; l < stages; l++) off += moves[l] * s[l].slope[i];
      Number size = logits[i] < 0.0f ? -logits[i] : logits[i];
      Number scale = 1.0f / (atol + rtol * root_of(square * (1.0f / dim)));
      Number scaled = off / (atol + rtol * size);
      sum += squares * (scale * scale) + scaled * scaled;
    }
    return root_of(Group::sum(sum) * (1.0f / (tokens * (dim + 1))));
  }

  // Moves the state by a step of h.
  EVERYWHERE void move(const Stage* s, Number h) {
    Number moves[stages - 1];
    UNROLL for (int l = 0; l < stages - 1; l++) moves[l] = h * stage_weight(stages - 1, l);
    UNROLL for (int i = 0; i < here; i++) {
      Number moved[stages - 1];
      UNROLL for (int l = 0; l < stages - 1; l++) {
        moved[l] = moves[l] * s[l].p[i];
        logits[i] -= moves[l] * s[l].slope[i];
      }
      UNROLL for (int k = 0; k < dim; k++) {
        UNROLL for (int l = 0; l < stages - 1; l++) values[i][k] -= moved[l] * s[l].g[k];
      }
    }
  }

  // The factor from the length of a step to that of the next.
  static EVERYWHERE Number factor_of(Number error) {
    Number least = error > 1e-30f ? error : Number{} + 1e-30f;
    Number factor = 0.9f * exp2_of(log2_of(least) * -0.2f);
    factor = factor < 0.2f ? Number{} + 0.2f : factor;
    factor = factor > 10.0f ? Number{} + 10.0f : factor;
    return is_finite(error) ? factor : Number{} + 0.1f;
  }

  // Follows the run from time 0 to `end`.
  EVERYWHERE void follow(float end, float rtol, float atol) {
    Stage s[stages];
    take<0>(s, Number{});
    Time now{};
    auto going = step > 0.0f;
    auto again = step < 0.0f; // whether the last trial was rejected
    while (Group::any(going)) {
      Number left = number_of(end - now);
      auto last = 1.01f * step >= left;
      Number h = last ? left : step;
      h = going ? h : Number{};
      take<1>(s, h);
      take<2>(s, h);
      take<3>(s, h);
      take<4>(s, h);
      take<5>(s, h);
      take<6>(s, h);
      Number off = error(s, h, rtol, atol);
      auto kept = going & is_finite(off) & (off <= 1.0f);
      auto thrown = going & !kept;
      accepted += kept ? Count{} + 1 : Count{};
      rejected += thrown ? Count{} + 1 : Count{};
      Number factor = factor_of(off);
      auto grows = kept & !again;
      Number most = grows ? factor : Number{} + 1.0f;
      step = h * (factor < most ? factor : most);
      again = thrown;
      Number moved = kept ? h : Number{};
      move(s, moved);
      now += time_of(moved);
      going = going & !(kept & last);
      UNROLL for (int i = 0; i < here; i++) {
        s[0].p[i] = kept ? s[stages - 1].p[i] : s[0].p[i];
        s[0].slope[i] = kept ? s[stages - 1].slope[i] : s[0].slope[i];
      }
      UNROLL for (int k = 0; k < dim; k++) s[0].g[k] = kept ? s[stages - 1].g[k] : s[0].g[k];
    }
  }
};
