import { expect, it } from "vitest";
import { arithmeticOf, countPass, countStep, statistic } from "../../scripts/instructions/assembly.ts";

/** A loop over steps (BB1 to BB4) with an event (BB3) and an inner loop (BB2), between other code; as Mesa prints it. */
const program = `
BB0:
	s_load_dwordx4 s[4:7], s[2:3], 0x0                          ; c00a0101 00000000
	v_mac_f32_e32 v1, v2, v3                                    ; 2c020702
BB1:
	v_mac_f32_e32 v1, v2, v3                                    ; 2c020702
	v_mad_f32 v1, v2, -v3, v1                                   ; d1c10001 44060702
	v_exp_f32_e32 v1, v1                                        ; 7e024101
	v_cmp_gt_f32_e64 s[0:1], 0, v1                              ; d0440000 00020280
	v_mov_b32_e32 v2, v1                                        ; 7e040301
	s_waitcnt vmcnt(0)                                          ; bf8c0f70
BB2:
	v_add_u32_e32 v4, vcc, 1, v4                                ; 32080881
	s_cbranch_scc1 BB2                                          ; bf85fffe
	s_cbranch_scc0 BB4                                          ; bf840002
BB3:
	v_mac_f32_e32 v9, v9, v9                                    ; 2c121309
	buffer_store_dword v1, v0, s[4:7], 0 offen                  ; e0701000 80010100
BB4:
	v_max3_f32 v1, v1, |v2|, v3                                 ; d1d30201 040e0501
	s_add_u32 s5, s5, 1                                         ; 80058105
	s_branch BB1                                                ; bf82fff0
BB5:
	s_endpgm                                                    ; bf810000

VGPRs: 220
`;

it("counts what every round of the loop over steps passes, and neither events nor inner loops", () => {
  const counts = countStep(program, 2);
  expect(counts).toEqual({
    ...{ fused: 2, other: 1, transcendental: 1, compare: 1, integer: 0 },
    ...{ move: 1, exchange: 0, memory: 0, scalar: 1, branch: 1 },
  });
  expect(arithmeticOf(counts)).toBe(5);
  expect(statistic(program, "VGPRs")).toBe(220);
  expect(() => countStep(program, 3)).toThrow("no loop with 3 multiply-adds");
  expect(() => countStep(program.replace("v_exp_f32_e32", "x_exp"), 2)).toThrow("an instruction of no known kind: x_exp");
});

/** A pass (BB1) that reads two numbers before it uses one, between code that reads one. */
const pass = `
BB0:
	buffer_load_dword v1, v0, s[4:7], 0 offen                   ; e0501000 80010100
	s_waitcnt vmcnt(0)                                          ; bf8c0f70
BB1:
	buffer_load_dword v1, v0, s[4:7], 0 offen                   ; e0501000 80010100
	buffer_load_dword v2, v0, s[4:7], 0 offen offset:1024       ; e0501400 80010200
	ds_read2_b32 v[4:5], v3 offset0:113 offset1:114             ; d86e7271 04000003
	s_waitcnt vmcnt(1) lgkmcnt(0)                               ; bf8c0071
	v_mac_f32_e32 v6, v4, v1                                    ; 2c0c0304
	s_waitcnt vmcnt(0)                                          ; bf8c0f70
	v_mac_f32_e32 v6, v5, v2                                    ; 2c0c0505
	s_cbranch_scc1 BB1                                          ; bf85fffe
BB2:
	s_endpgm                                                    ; bf810000
`;

it("counts a pass over values by the numbers that it reads, and how many reads are under way at once", () => {
  const counts = { arithmetic: 1, copies: 0, exchange: 0, shared: 0.5, buffers: 1, scalar: 0.5 };
  expect(countPass(pass)).toEqual({ ...counts, inFlight: 2 });
  const waiting = pass.replace(/(\tbuffer_load_dword v2.*)/, "\ts_waitcnt vmcnt(0) ; \n$1");
  expect(countPass(waiting)).toEqual({ ...counts, inFlight: 1 });
  expect(() => countPass(pass.replace(/.*buffer_load.*/g, ""))).toThrow("no reads of a buffer");
});
