// Whether the condition holds for any run whose lanes lie in this subgroup. It affects speed, never results.
fn neighbors_any(condition: bool) -> bool {
  return subgroupAny(condition);
}
