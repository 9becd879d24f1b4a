// Whether the condition holds for any run whose lanes are in this subgroup. It changes speed, never results.
fn neighbors_any(condition: bool) -> bool {
  return subgroupAny(condition);
}
